import { Fn } from 'aws-cdk-lib';
import type { ISubnet, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { PARTITIONS, TOPICS } from '#domain/events/event-log-topics.ts';
import type { Profile } from '../../deployment-profiles.ts';

export interface EventLogProps {
  /** One subnet per broker, each in a different zone. */
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: SecurityGroup;
  readonly profile: Profile;
  /** @default - MSK's own key encrypts the disks */
  readonly keyArn?: string;
}

/** MSK can create topics from version 3.6 on; the smallest brokers need a version with ZooKeeper. */
const KAFKA_VERSION = '3.9.x';

/**
 * An MSK cluster with IAM authentication, one broker per zone, and the topics. MSK Serverless cannot be used: it has no
 * API for topics.
 */
export class EventLog extends Construct {
  readonly clusterArn: string;
  /** `<name>/<id>`, the part of topic and group ARNs that identifies the cluster. */
  readonly clusterId: string;
  /** Addresses of the brokers, `host:port,…`. */
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
      // Kafka's own metrics per broker; our functions monitor partitions and consumers.
      enhancedMonitoring: profile.deletionProtection ? 'PER_BROKER' : 'DEFAULT',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logGroupName } } },
    });
  }

  private topics({ zones, topicRetention, broker: { onDisk } }: Profile): void {
    const settings = [
      `retention.ms=${topicRetention.toMilliseconds()}`,
      // Writes succeed while one broker is down.
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

  /** Returns the broker addresses, which CloudFormation does not expose: a custom resource calls the API. */
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
