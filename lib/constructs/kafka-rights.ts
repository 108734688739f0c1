import { Fn } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { deadLetterOf } from '#domain/topics.ts';

/** Appends records to these topics. */
export function grantAppend(grantee: IGrantable, clusterArn: string, topics: readonly string[]): void {
  const arns = topics.map((topic) => kafkaArn(clusterArn, 'topic', topic));
  allow(grantee, ['Connect', 'WriteDataIdempotently'], clusterArn);
  allow(grantee, ['WriteData', 'DescribeTopic'], ...arns);
}

/** Reads how far every topic and group is; no records. */
export function grantOffsets(grantee: IGrantable, clusterArn: string): void {
  allow(grantee, ['Connect'], clusterArn);
  allow(grantee, ['DescribeTopic'], kafkaArn(clusterArn, 'topic', '*'));
  allow(grantee, ['DescribeGroup'], kafkaArn(clusterArn, 'group', '*'));
}

/** Pollers of Lambda read with the function's own role, and write what it refuses to the dead letters. */
export function grantConsume(
  grantee: IGrantable,
  clusterArn: string,
  { topic, group }: { readonly topic: string; readonly group: string },
): void {
  allow(grantee, ['Connect', 'DescribeClusterDynamicConfiguration'], clusterArn);
  allow(grantee, ['ReadData', 'DescribeTopic'], kafkaArn(clusterArn, 'topic', topic));
  allow(grantee, ['WriteData', 'DescribeTopic'], kafkaArn(clusterArn, 'topic', deadLetterOf(topic)));
  allow(grantee, ['DescribeGroup', 'AlterGroup'], kafkaArn(clusterArn, 'group', group));
  const { grantPrincipal: role } = grantee;
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['kafka:DescribeClusterV2'], resources: [clusterArn] }));
  // Pollers stand in the cluster's network; EC2 cannot narrow these to it.
  role.addToPrincipalPolicy(new PolicyStatement({ actions: POLLER_NETWORK, resources: ['*'] }));
}

const POLLER_NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
];

function allow(grantee: IGrantable, actions: readonly string[], ...resources: string[]): void {
  const named = actions.map((action) => `kafka-cluster:${action}`);
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: named, resources }));
}

/** MSK writes the cluster's name and id between the kind and the name. */
function kafkaArn(clusterArn: string, kind: 'topic' | 'group', name: string): string {
  const part = (i: number) => Fn.select(i, Fn.split(':', clusterArn));
  const cluster = Fn.select(1, Fn.split(':cluster/', clusterArn));
  return Fn.join(':', ['arn', part(1), 'kafka', part(3), part(4), `${kind}/${cluster}/${name}`]);
}
