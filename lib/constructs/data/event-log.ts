import { Fn } from 'aws-cdk-lib';
import type { ISubnet, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { PARTITIONS, TOPICS } from '#domain/events/topics.ts';
import type { Profile } from '../../profiles.ts';

export interface EventLogProps {
  /** One per broker, each in a zone of its own. */
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: SecurityGroup;
  readonly profile: Profile;
  /** @default - MSK's own key encrypts the disks */
  readonly keyArn?: string;
}

/** From 3.6 on MSK makes topics itself; the smallest brokers want a version with ZooKeeper. */
const KAFKA_VERSION = '3.9.x';

/** An MSK cluster with IAM authentication, a broker per zone, and the topics. Serverless MSK has no API for topics. */
export class EventLog extends Construct {
  readonly clusterArn: string;
  /** `<name>/<id>`: how the cluster's topics and groups are addressed. */
  readonly clusterId: string;
  /** `host:port,…` */
  readonly brokers: string;

  constructor(scope: Construct, id: string, props: EventLogProps) {
    super(scope, id);
    this.clusterArn = this.cluster(props).attrArn;
    this.clusterId = Fn.select(1, Fn.split(':cluster/', this.clusterArn));
    this.topics(props.profile);
    this.brokers = this.bootstrapBrokers(props.profile);
  }

  private cluster({ subnets, securityGroup, profile, keyArn }: EventLogProps): CfnCluster {
    const { logGroupName } = new LogGroup(this, 'BrokerLogs', {
      retention: profile.logRetention,
      removalPolicy: profile.removal,
    });
    const settings = new CfnConfiguration(this, 'Settings', {
      name: 'agentbricks',
      serverProperties: 'auto.create.topics.enable=false\n',
    });
    return new CfnCluster(this, 'Cluster', {
      clusterName: 'agentbricks',
      kafkaVersion: KAFKA_VERSION,
      numberOfBrokerNodes: subnets.length,
      brokerNodeGroupInfo: {
        instanceType: profile.broker.instanceType,
        clientSubnets: subnets.map(({ subnetId }) => subnetId),
        securityGroups: [securityGroup.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: profile.broker.storageGb } },
      },
      configurationInfo: { arn: settings.attrArn, revision: settings.attrLatestRevisionRevision },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
        ...(keyArn ? { encryptionAtRest: { dataVolumeKmsKeyId: keyArn } } : {}),
      },
      storageMode: profile.broker.onDisk ? 'TIERED' : 'LOCAL',
      // Kafka's own figures per broker; partitions and consumers are watched by our functions.
      enhancedMonitoring: profile.deletionProtection ? 'PER_BROKER' : 'DEFAULT',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logGroupName } } },
    });
  }

  private topics({ zones, topicRetention, broker: { onDisk } }: Profile): void {
    const settings = [
      `retention.ms=${topicRetention.toMilliseconds()}`,
      // One broker may be away.
      `min.insync.replicas=${zones - 1}`,
      ...(onDisk ? ['remote.storage.enable=true', `local.retention.ms=${onDisk.toMilliseconds()}`] : []),
    ];
    for (const topicName of TOPICS) {
      new CfnTopic(this, `Topic-${topicName}`, {
        clusterArn: this.clusterArn,
        topicName,
        partitionCount: PARTITIONS,
        replicationFactor: zones,
        configs: Buffer.from(settings.join('\n')).toString('base64'),
      });
    }
  }

  /** CloudFormation does not tell a cluster's addresses; the API does. */
  private bootstrapBrokers({ logRetention, removal }: Profile): string {
    const answer = new AwsCustomResource(this, 'Brokers', {
      onUpdate: {
        service: 'Kafka',
        action: 'getBootstrapBrokers',
        parameters: { ClusterArn: this.clusterArn },
        physicalResourceId: PhysicalResourceId.of('brokers'),
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [this.clusterArn] }),
      ]),
      installLatestAwsSdk: false,
      logGroup: new LogGroup(this, 'BrokersLogs', { retention: logRetention, removalPolicy: removal }),
    });
    return answer.getResponseField('BootstrapBrokerStringSaslIam');
  }
}
