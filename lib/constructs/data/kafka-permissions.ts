import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { groupOf, TOPICS } from '#domain/events/event-log-topics.ts';
import { type Trigger, triggers } from '../../../functions/triggers.ts';
import type { Shared } from '../../shared-parameters.ts';

/** Grants appending to the given topics. */
export function grantAppend(grantee: IGrantable, shared: Shared, topics: readonly string[]): void {
  allow(grantee, ['Connect', 'WriteDataIdempotently'], shared.clusterArn);
  allow(grantee, ['WriteData', 'DescribeTopic'], ...topics.map((topic) => shared.topicArn(topic)));
}

/** Grants reading the offsets of all topics and consumer groups, but no records. */
export function grantOffsets(grantee: IGrantable, shared: Shared): void {
  allow(grantee, ['Connect'], shared.clusterArn);
  allow(grantee, ['DescribeTopic'], ...TOPICS.map((topic) => shared.topicArn(topic)));
  allow(grantee, ['DescribeGroup'], ...consumers().map((group) => shared.groupArn(group)));
}

/** Grants consuming a topic. Lambda's pollers use the function's role to read records. */
export function grantConsume(
  grantee: IGrantable,
  shared: Shared,
  { topic, group }: { readonly topic: string; readonly group: string },
): void {
  allow(grantee, ['Connect', 'DescribeClusterDynamicConfiguration'], shared.clusterArn);
  allow(grantee, ['ReadData', 'DescribeTopic'], shared.topicArn(topic));
  allow(grantee, ['DescribeGroup', 'AlterGroup'], shared.groupArn(group));
  const actions = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'];
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [shared.clusterArn] }));
}

const consumers = (): string[] =>
  Object.values<Trigger>(triggers).flatMap(({ on }) =>
    on.kind === 'topic' ? on.topics.map((topic) => groupOf(on.group, topic)) : [],
  );

function allow(grantee: IGrantable, actions: readonly string[], ...resources: string[]): void {
  const named = actions.map((action) => `kafka-cluster:${action}`);
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: named, resources }));
}
