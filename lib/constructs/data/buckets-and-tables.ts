import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Profile } from '../../deployment-profiles.ts';

/** Days for which overwritten or deleted objects of a versioned bucket can be restored. */
const UNDO_DAYS = 30;
const BACKUP_HOUR = '3';

/** The data buckets and tables, with their backups. */
export class Stores extends Construct {
  readonly buckets: Readonly<Record<'lake' | 'models', Bucket>>;
  readonly tables: Readonly<Record<'idempotency' | 'features' | 'registry', Table>>;
  readonly #profile: Profile;
  readonly #key?: IKey;

  /** @param key customer-managed key; @default - keys that AWS manages */
  constructor(scope: Construct, id: string, profile: Profile, key?: IKey) {
    super(scope, id);
    this.#profile = profile;
    this.#key = key;
    const accessLogs = this.bucket('AccessLogs', { expiration: Duration.days(profile.logRetention) });
    const data = { expiration: profile.objectDays ? Duration.days(profile.objectDays) : undefined };
    this.buckets = { lake: this.bucket('Lake', data, accessLogs), models: this.bucket('Models', data, accessLogs) };
    this.tables = {
      idempotency: this.table('Idempotency'),
      features: this.table('Features'),
      registry: this.table('Registry'),
    };
    if (profile.backupDays) this.backUp(profile.backupDays);
  }

  private bucket(id: string, { expiration }: Pick<LifecycleRule, 'expiration'>, accessLogs?: Bucket): Bucket {
    const { deletionProtection: isProtected, removal } = this.#profile;
    // S3 can deliver access logs only to buckets under its own keys.
    const key = accessLogs ? this.#key : undefined;
    return new Bucket(this, id, {
      encryption: key ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey: key,
      // S3 then reuses a data key for many objects, instead of sending a KMS request per object.
      bucketKeyEnabled: key !== undefined,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: isProtected,
      removalPolicy: removal,
      autoDeleteObjects: !isProtected,
      ...(accessLogs ? { serverAccessLogsBucket: accessLogs, serverAccessLogsPrefix: `${id.toLowerCase()}/` } : {}),
      lifecycleRules: [
        {
          expiration,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          ...(isProtected ? { noncurrentVersionExpiration: Duration.days(UNDO_DAYS) } : {}),
        },
      ],
    });
  }

  /** Creates a table with the shape of layers/ports/table.ts: partition key, sort key, expiry. */
  private table(id: string): Table {
    const { removal, deletionProtection } = this.#profile;
    return new Table(this, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: this.#key ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
      encryptionKey: this.#key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection,
      removalPolicy: removal,
    });
  }

  /** Copies all tables and data buckets daily into a separate vault, which mistakes in the originals cannot damage. */
  private backUp(days: number): void {
    const vault = new BackupVault(this, 'Vault', { encryptionKey: this.#key, removalPolicy: RemovalPolicy.RETAIN });
    const plan = new BackupPlan(this, 'Backups', {
      backupVault: vault,
      backupPlanRules: [
        new BackupPlanRule({
          ruleName: 'daily',
          scheduleExpression: Schedule.cron({ hour: BACKUP_HOUR, minute: '0' }),
          deleteAfter: Duration.days(days),
        }),
      ],
    });
    plan.addSelection('Stores', {
      allowRestores: true,
      resources: [
        ...Object.values(this.tables).map((table) => BackupResource.fromDynamoDbTable(table)),
        ...Object.values(this.buckets).map(({ bucketArn }) => BackupResource.fromArn(bucketArn)),
      ],
    });
  }
}
