import { Aspects, CfnResource, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';

/** What of AWS may use the key for what we put there: logs, and notes of alarms, rules and budgets to an encrypted topic. */
const SERVICES = ['cloudwatch', 'events', 'budgets', 'codestar-notifications'];
const USE = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** The account's own key: AWS turns it over every year, and each use of it is in CloudTrail. */
export function ownKey(scope: Construct): Key {
  const key = new Key(scope, 'Key', {
    alias: 'agentbricks',
    description: 'Data, logs, topics and secrets of AgentBricks',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const { region, account } = Stack.of(scope);
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:*` } },
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: SERVICES.map((name) => new ServicePrincipal(`${name}.amazonaws.com`)),
      actions: USE,
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  return key;
}

/** Puts every log group and every topic of a stack under the key, also those that CDK makes by itself. */
export function encryptWith(stack: Stack, key: Pick<IKey, 'keyArn'>): void {
  const aspect: IAspect = {
    visit: (node: IConstruct) => {
      if (!CfnResource.isCfnResource(node)) return;
      if (node instanceof CfnLogGroup) node.kmsKeyId ??= key.keyArn;
      if (node instanceof CfnTopic) node.kmsMasterKeyId ??= key.keyArn;
    },
  };
  Aspects.of(stack).add(aspect);
}
