import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, Duration } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, type ILayerVersion, LayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Trigger, TriggerName, Uses } from '../../functions/triggers.ts';
import { triggers } from '../../functions/triggers.ts';
import type { Profile } from '../profiles.ts';
import { seamAliases } from '../seams.ts';
import type { Shared } from '../shared.ts';
import { grantNetwork, grantUses } from './rights.ts';

export interface BrickFunctionProps {
  readonly shared: Shared;
  readonly profile: Profile;
  /** Folder that holds `workspace/seams.json`. @default - this repository */
  readonly workspace?: string;
}

const ROOT = join(import.meta.dirname, '../..');
/** Come in layers (layers/native) or with the runtime. */
const EXTERNAL = ['@aws-sdk/*', '@duckdb/*', 'onnxruntime-node', 'usearch'];
const KAFKA_CLIENT = '@platformatic/kafka';
/** Bundled CommonJS packages still call `require`. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";
/** Its WebAssembly as text in the code: a file beside the bundle would not be found. */
const WASM_INSIDE = { '--alias:@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' };
/** Where it is, if it was built into the layer; usearch stands in for it. */
const LAYERED_FAISS = '/opt/nodejs/faiss.node';
const NAMESPACE = 'AgentBricks';

/** One function of functions/triggers.ts: its code, its sizes, and the rights that its `uses` names, and no others. */
export class BrickFunction extends NodejsFunction {
  readonly trigger: Trigger;

  constructor(scope: Construct, name: TriggerName, { shared, profile, workspace = ROOT }: BrickFunctionProps) {
    const trigger: Trigger = triggers[name];
    const id = idOf(name);
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: profile.logRetention,
      removalPolicy: profile.removal,
    });
    // A role of our own: the one that CDK would make comes with AWS's wide policies.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      entry: join(ROOT, 'functions', trigger.brick, trigger.folder, 'index.ts'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: trigger.memoryMb,
      timeout: Duration.seconds(trigger.timeoutSeconds),
      environment: environmentOf(trigger.uses, shared),
      layers: layersOf(scope, trigger.uses),
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      ...networkOf(trigger.uses, shared),
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        externalModules: [...EXTERNAL, ...(talksToLog(trigger.uses) ? [] : [KAFKA_CLIENT])],
        logLevel: LogLevel.ERROR,
        banner: REQUIRE,
        esbuildArgs: { ...WASM_INSIDE, ...seamAliases(workspace) },
      },
    });
    this.trigger = trigger;
    grantUses(this, trigger.uses, shared);
    if (this.isBoundToVpc) grantNetwork(this);
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
  ...(uses.native?.includes('faiss') ? { FAISS_LIBRARY: LAYERED_FAISS } : {}),
  ...(talksToLog(uses) ? { EVENT_LOG: 'kafka', KAFKA_BROKERS: shared.brokers, KAFKA_AUTH: 'msk-iam' } : {}),
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

/** The Kafka client is JavaScript and WebAssembly: it is bundled. */
const layersOf = (scope: Construct, { native = [] }: Uses): ILayerVersion[] =>
  native.filter((name) => name !== 'kafka').map((name) => nativeLayer(scope, name));

/** One layer per stack and package; `npm run layers` fills it. */
function nativeLayer(scope: Construct, name: string): ILayerVersion {
  const id = `${idOf(name)}Layer`;
  const found = scope.node.tryFindChild(id);
  if (found) return found as LayerVersion;
  const folder = join(ROOT, 'layers/native', name);
  const layer = new LayerVersion(scope, id, {
    code: Code.fromAsset(folder, { exclude: ['*.sh', '*.cc'] }),
    compatibleRuntimes: [Runtime.NODEJS_24_X],
    compatibleArchitectures: [Architecture.ARM_64],
  });
  if (!existsSync(join(folder, 'nodejs/node_modules'))) {
    Annotations.of(layer).addInfo(
      `layers/native/${name} is empty: run \`npm run layers\` before you deploy this stack`,
    );
  }
  return layer;
}
