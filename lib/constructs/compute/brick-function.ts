import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, Duration, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, type ILayerVersion, LayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Trigger, TriggerName, Uses } from '../../../functions/triggers.ts';
import { triggers } from '../../../functions/triggers.ts';
import type { Profile } from '../../profiles.ts';
import { seamAliases } from '../../seam-aliases.ts';
import type { Shared } from '../../shared-parameters.ts';
import { environmentOf, networkOf } from '../function-environment.ts';
import { BUNDLING } from './esbuild-options.ts';
import { grantNetwork, grantUses } from './function-permissions.ts';

export interface BrickFunctionProps {
  readonly shared: Shared;
  readonly profile: Profile;
  /** Folder that holds `workspace/seams.json`. @default - this repository */
  readonly workspace?: string;
}

const ROOT = join(import.meta.dirname, '../../..');
const { target, mainFields, external: externalModules, alias, banner } = BUNDLING;
/** As arguments of esbuild. */
const ALIASES = Object.fromEntries(Object.entries(alias).map(([name, path]) => [`--alias:${name}`, path]));

/** 512 MB are Lambda's own choice; what is more costs some cents a month. */
const LAKE_COPIES = Size.gibibytes(4);

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
      ...(readsLake(trigger.uses) ? { ephemeralStorageSize: LAKE_COPIES } : {}),
      environment: environmentOf(trigger.uses, { shared, profile }),
      layers: layersOf(scope, trigger.uses),
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      ...networkOf(trigger.uses, { shared, profile }),
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      bundling: {
        format: OutputFormat.ESM,
        target,
        mainFields,
        externalModules,
        logLevel: LogLevel.ERROR,
        banner: banner.js,
        esbuildArgs: { ...ALIASES, ...seamAliases(workspace) },
      },
    });
    this.trigger = trigger;
    grantUses(this, trigger.uses, { shared, profile });
    if (this.isBoundToVpc) grantNetwork(this);
  }
}

/** DuckDB reads files: those of the lake that a function needs are copied to /tmp first (layers/adapters/object-store/copy-objects.ts). */
const readsLake = ({ native }: Uses): boolean => native?.includes('duckdb') === true;

const idOf = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/** The Kafka client is JavaScript and WebAssembly: it is bundled, and runs where it is used. */
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
