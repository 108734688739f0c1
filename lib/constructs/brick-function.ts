import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, type ILayerVersion, LayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Access, Trigger, TriggerName, Uses } from '../../functions/triggers.ts';
import { triggers } from '../../functions/triggers.ts';
import type { Profile } from '../profiles.ts';
import { seamAliases } from '../seams.ts';
import type { Shared } from '../shared.ts';
import { grantAppend, grantOffsets } from './kafka-rights.ts';

export interface BrickFunctionProps {
  readonly shared: Shared;
  readonly profile: Profile;
}

const ROOT = join(import.meta.dirname, '../..');
/** Come in layers (layers/native) or with the runtime. */
const EXTERNAL = ['@aws-sdk/*', '@duckdb/*', 'onnxruntime-node', 'usearch', 'faiss-node'];
/** Bundled CommonJS packages still call `require`. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";
/** What each right means in DynamoDB; only what the adapter calls (layers/adapters/table/dynamodb.ts). */
const READ_TABLE = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE_TABLE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
const NAMESPACE = 'AgentBricks';

/** One function of functions/triggers.ts: its code, its sizes, and the rights that its `uses` names, and no others. */
export class BrickFunction extends NodejsFunction {
  readonly trigger: Trigger;

  constructor(scope: Construct, name: TriggerName, { shared, profile }: BrickFunctionProps) {
    const trigger: Trigger = triggers[name];
    super(scope, idOf(name), {
      entry: join(ROOT, 'functions', trigger.brick, trigger.folder, 'index.ts'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: trigger.memoryMb,
      timeout: Duration.seconds(trigger.timeoutSeconds),
      reservedConcurrentExecutions: profile.maxConcurrency,
      environment: environmentOf(trigger.uses, shared),
      layers: layersOf(scope, trigger.uses),
      tracing: Tracing.ACTIVE,
      logGroup: new LogGroup(scope, `${idOf(name)}Logs`, {
        retention: profile.logRetention,
        removalPolicy: profile.removal,
      }),
      ...networkOf(trigger.uses, shared),
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        externalModules: EXTERNAL,
        logLevel: LogLevel.ERROR,
        banner: REQUIRE,
        esbuildArgs: seamAliases(ROOT),
      },
    });
    this.trigger = trigger;
    grantUses(this, trigger.uses, shared);
  }
}

const idOf = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/** Whether it talks to the event log itself; what consumes a topic is handed its records. */
const talksToLog = ({ appends, native }: Uses): boolean => Boolean(appends || native?.includes('kafka'));

/** The variables of layers/adapters/config.ts: what the function does not use stays as it is in one process. */
const environmentOf = (uses: Uses, shared: Shared): Record<string, string> => ({
  // The only place that a function may write to.
  DATA_DIR: '/tmp/agentbricks',
  OBJECT_STORE: 's3',
  LAKE_BUCKET: shared.bucket('lake').bucketName,
  MODELS_BUCKET: shared.bucket('models').bucketName,
  TABLES: 'dynamodb',
  IDEMPOTENCY_TABLE: shared.table('idempotency').tableName,
  FEATURES_TABLE: shared.table('features').tableName,
  REGISTRY_TABLE: shared.table('registry').tableName,
  METRICS_NAMESPACE: NAMESPACE,
  ...(talksToLog(uses) ? { EVENT_LOG: 'kafka', KAFKA_BROKERS: shared.brokers } : {}),
  ...(uses.cache ? { CACHE: 'redis', REDIS_URL: shared.cacheUrl } : {}),
});

/** Only the event log and the cache stand in the network; whoever needs neither starts faster outside. */
const networkOf = (uses: Uses, shared: Shared) =>
  uses.cache || talksToLog(uses)
    ? {
        vpc: shared.vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
        securityGroups: [shared.securityGroup],
      }
    : {};

/** One layer per stack and package. The Kafka client is JavaScript and WebAssembly: it is bundled. */
const layersOf = (scope: Construct, { native = [] }: Uses): ILayerVersion[] =>
  native
    .filter((name) => name !== 'kafka')
    .map((name) => {
      const id = `${idOf(name)}Layer`;
      const found = scope.node.tryFindChild(id) as LayerVersion | undefined;
      return (
        found ??
        new LayerVersion(scope, id, {
          code: Code.fromAsset(join(ROOT, 'layers/native', name)),
          compatibleRuntimes: [Runtime.NODEJS_24_X],
          compatibleArchitectures: [Architecture.ARM_64],
        })
      );
    });

function grantUses(target: BrickFunction, uses: Uses, shared: Shared): void {
  const allow = (actions: readonly string[], ...resources: string[]) =>
    target.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources }));
  for (const [name, access] of Object.entries(uses.tables ?? {}) as [keyof NonNullable<Uses['tables']>, Access][]) {
    allow(tableActions(access), shared.table(name).tableArn);
  }
  for (const [name, access] of Object.entries(uses.buckets ?? {}) as [keyof NonNullable<Uses['buckets']>, Access][]) {
    const bucket = shared.bucket(name);
    if (access !== 'write') allow(['s3:GetObject'], bucket.arnForObjects('*'));
    if (access !== 'read') allow(['s3:PutObject', 's3:DeleteObject'], bucket.arnForObjects('*'));
    allow(['s3:ListBucket'], bucket.bucketArn);
  }
  if (uses.appends) grantAppend(target, shared.clusterArn, uses.appends);
  else if (uses.native?.includes('kafka')) grantOffsets(target, shared.clusterArn);
  // CloudWatch knows no narrower resource for reading metrics.
  if (uses.metrics) allow(['cloudwatch:GetMetricStatistics'], '*');
}

const tableActions = (access: Access): string[] => [
  ...(access === 'write' ? [] : READ_TABLE),
  ...(access === 'read' ? [] : WRITE_TABLE),
];
