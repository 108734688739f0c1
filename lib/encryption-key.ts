import { Aspects, CfnResource, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';

/** AWS services that use the key to deliver alarms, events and budget notifications to an encrypted topic. */
const SERVICES = ['cloudwatch', 'events', 'budgets', 'codestar-notifications'];
const USE = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Creates the customer-managed key. AWS rotates it every year, and CloudTrail records each use. */
export function customerManagedKey(scope: Construct): Key {
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

/** Encrypts all log groups and topics of a stack with the key, including those that CDK creates. */
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
