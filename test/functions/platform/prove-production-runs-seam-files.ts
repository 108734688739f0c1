import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import { synthesise } from '../../lib/synthesise-app.ts';
import { importsOf } from './production-import-graph.ts';
import type { Proof } from './production-seam-check-types.ts';
import { executedSql } from './record-executed-sql.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** Proves that the feature jobs run the SQL of the file. */
export const sql: Proof = async ({ file }) => {
  const text = read(file).trim();
  return (await executedSql()).some((statement) => statement.includes(text)) ? [] : [`no job runs ${file}`];
};

const DASHBOARDS = 'localstack/grafana/dashboards/*.json';

/** Proves that the file and the committed dashboards contain the same queries. */
export const promql: Proof = ({ file }) => {
  const shown = globSync(DASHBOARDS, { cwd: ROOT }).flatMap((dashboard) =>
    [...read(dashboard).matchAll(/"expr": (".*")/g)].map(([, text = '""']) => JSON.parse(text) as string),
  );
  const queries = read(file)
    .split(/\n\n+/)
    .map((block) => block.split('\n').filter((line) => !line.startsWith('#')))
    .map((lines) => lines.join(' ').trim())
    .filter((query) => query !== '');
  const patterns = queries.map(patternOf);
  return [
    ...queries.filter((_, i) => !shown.some((expr) => patterns[i]?.test(expr))).map((query) => `unused: ${query}`),
    ...shown
      .filter((expr) => !patterns.some((pattern) => pattern.test(expr)))
      .map((expr) => `not in the file: ${expr}`),
  ];
};

/** Returns a pattern that matches the uses of a query: a parameter such as `$operation` matches one name. */
const patternOf = (query: string): RegExp => {
  const parts = query.split(/\$\w+/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[\\w-]+')}$`);
};

interface Compose {
  readonly services: {
    readonly prometheus: { readonly volumes: readonly string[]; readonly command: readonly string[] };
  };
}

/** Proves that Prometheus's configuration names the file, and that the mirror uses this configuration. */
export const rules: Proof = ({ file }) => {
  const configuration = join(dirname(file), 'prometheus.yml');
  const { rule_files: named } = parse(read(configuration)) as { rule_files: string[] };
  const { volumes, command } = (parse(read('localstack/docker-compose.yml')) as Compose).services.prometheus;
  const mounted = relative('localstack', dirname(file));
  return [
    ...(named.includes(basename(file)) ? [] : [`${configuration} does not name ${basename(file)}`]),
    ...(volumes.includes(`./${mounted}:/etc/prometheus:ro`) ? [] : ['compose does not mount the folder']),
    ...(command.includes('--config.file=/etc/prometheus/prometheus.yml') ? [] : ['compose has another configuration']),
  ];
};

type State = Readonly<Record<string, unknown>> & { readonly ItemProcessor?: { readonly States: States } };
type States = Readonly<Record<string, State>>;
interface Definition {
  readonly States: States;
}

/** Returns the state machines of the synthesised template, by lower-case name. */
function deployed(): ReadonlyMap<string, Definition> {
  const template = synthesise('learner').get('Orchestration') as Template;
  return new Map(
    Object.entries(template.findResources('AWS::StepFunctions::StateMachine')).map(([id, { Properties }]) => [
      id.replace(/[0-9A-F]{8}$/, '').toLowerCase(),
      JSON.parse(Properties.DefinitionString) as Definition,
    ]),
  );
}

const EMBEDDED = 'localstack/embedded/aws/interpret-pipeline.ts';
const READER = 'functions/orchestration/read-state-machines-and-substitute-names.ts';
const embedded = (): string[] =>
  importsOf(EMBEDDED).some(({ file, names }) => file === READER && names.includes('pipelineDefinition'))
    ? []
    : [`${EMBEDDED} does not interpret the definition of ${READER}`];

const withoutRetry = (definition: Definition): unknown =>
  JSON.parse(JSON.stringify(definition, (key, value) => (key === 'Retry' ? undefined : value)));

/** Proves that the deployed state machine equals the file, apart from the retry rules. */
export const asl: Proof = ({ file }) => {
  const machine = deployed().get(basename(file, '.asl.json'));
  const isSame =
    machine && JSON.stringify(sorted(withoutRetry(machine))) === JSON.stringify(sorted(JSON.parse(read(file))));
  return [...(isSame ? [] : [`the deployed state machine is not ${file}`]), ...embedded()];
};

/** Proves that every task of the deployed state machines has the retry rules of the file. */
export const json: Proof = ({ file }) => {
  const written = JSON.parse(read(file)) as Record<string, unknown>;
  const problems = [...deployed()].flatMap(([machine, { States }]) =>
    tasksOf(States)
      .filter(([, { Retry }]) => JSON.stringify(Retry) !== JSON.stringify(written[machine]))
      .map(([task]) => `${task} of ${machine} does not have the rules of ${file}`),
  );
  return [...problems, ...embedded()];
};

const tasksOf = (states: States): [string, State][] =>
  Object.entries(states).flatMap(([name, state]): [string, State][] => [
    ...(state.Type === 'Task' ? [[name, state] as [string, State]] : []),
    ...(state.ItemProcessor ? tasksOf(state.ItemProcessor.States) : []),
  ]);

/** Sorts the keys of all objects, for comparison. */
const sorted = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, one) =>
      one && typeof one === 'object' && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one,
    ),
  );
