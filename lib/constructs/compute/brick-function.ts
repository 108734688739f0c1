import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Annotations, Duration, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, type ILayerVersion, LayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Trigger, TriggerName, Uses } from '../../../functions/triggers.ts';
import { triggers } from '../../../functions/triggers.ts';
import type { Profile } from '../../deployment-profiles.ts';
import { seamAliases } from '../../seam-aliases.ts';
import type { Shared } from '../../shared-parameters.ts';
import { environmentOf, networkOf } from '../function-environment-and-network.ts';
import { BUNDLING, SQL_FOLDERS } from './esbuild-options.ts';
import { grantNetwork, grantUses } from './grant-function-permissions.ts';
import { LABELLED_FEATURES, learnersQuery } from './stage-learners-code-in-images.ts';

export interface BrickFunctionProps {
  readonly shared: Shared;
  readonly profile: Profile;
  /** Folder with `workspace/seams.json`. @default - this repository */
  readonly workspace?: string;
}

const ROOT = join(import.meta.dirname, '../../..');
const { target, mainFields, external: externalModules, alias, banner } = BUNDLING;
/** Aliases in the form of esbuild arguments. */
const ALIASES = Object.fromEntries(Object.entries(alias).map(([name, path]) => [`--alias:${name}`, path]));

/** Size of /tmp in functions that copy lake files. 512 MB are free; the rest costs a few cents per month. */
const LAKE_COPIES = Size.gibibytes(4);

/** One function of functions/triggers.ts with its code, memory, timeout and only the permissions that its `uses` requires. */
export class BrickFunction extends NodejsFunction {
  readonly trigger: Trigger;

  constructor(scope: Construct, name: TriggerName, { shared, profile, workspace = ROOT }: BrickFunctionProps) {
    const trigger: Trigger = triggers[name];
    const id = idOf(name);
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: profile.logRetention,
      removalPolicy: profile.removal,
    });
    // A separate role, because the default role has AWS's broad managed policies.
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
        commandHooks: copySql(SQL_FOLDERS[trigger.brick], workspace),
      },
    });
    this.trigger = trigger;
    grantUses(this, trigger.uses, { shared, profile });
    if (this.isBoundToVpc) grantNetwork(this);
  }
}

/**
 * Returns hooks that copy a folder of SQL files, a path from the repository's root, next to the bundle. A learner's query
 * in use replaces the reference's.
 */
const copySql = (folder: string | undefined, workspace: string): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (input, output) => {
    if (folder === undefined) return [];
    const query = learnersQuery(workspace);
    const copied = join(output, relative(dirname(folder), LABELLED_FEATURES));
    return [
      `cp -R ${quoted(join(input, folder))} ${quoted(output)}`,
      ...(query === undefined ? [] : [`cp ${quoted(query)} ${quoted(copied)}`]),
    ];
  },
});
/** Quotes a string for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Returns whether a function queries the lake. DuckDB reads local files, so lake files are first copied to /tmp
 * (layers/adapters/object-store/download-local-copies.ts).
 */
const readsLake = ({ native }: Uses): boolean => native?.includes('duckdb') === true;

const idOf = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/**
 * Returns a layer per native package, but none for the Kafka client: the bundle contains its JavaScript and
 * WebAssembly.
 */
const layersOf = (scope: Construct, { native = [] }: Uses): ILayerVersion[] =>
  native.filter((name) => name !== 'kafka').map((name) => nativeLayer(scope, name));

/** Returns the stack's layer for one package; `npm run layers` fills its folder. */
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
