import { readConfig, settingsOf } from '#adapters/composition/read-config.ts';
import { RecommendQuery } from '#domain/events/collect-and-recommend-contract.ts';
import { type OnlineTitle, titleKey } from '#domain/features/feature-names-and-online-items.ts';
import type { Ports } from '#ports/index.ts';
import { type Explained, type Explanation, explainer } from '../../../functions/recommendation/slate/explain-slate.ts';
import { table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { WorldNotFound, type WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

export interface ExplainOptions {
  readonly user: string;
  /** Number of titles. */
  readonly k: number;
  readonly json?: boolean;
}

/**
 * Request id of each explanation. It is fixed because exploration depends on it: repeated calls explain the same slate.
 */
const REQUEST_ID = 'explained';
const DIGITS = 3;
const NONE = '–';

type Candidate = Explained & { readonly name: string };

/** Explains the slate that the service of a world would return to a user. Logs no exposure. */
export const explainSlate = (options: WorldOptions & ExplainOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async ({ name, runtime, newest }) => {
    if (newest === undefined) throw new WorldNotFound(name);
    await explain(runtime.ports, options, terminal);
    return 0;
  });

/** Prints each candidate with its sources, scores and the reason for its position, as a table or as JSON. */
export async function explain(ports: Ports, { user, k, json }: ExplainOptions, terminal: Terminal): Promise<void> {
  const query = RecommendQuery.parse({ userId: user, k });
  const explanation = await explainer({ ...ports, settings: settingsOf(readConfig()) })(query, REQUEST_ID);
  const candidates = await withNames(explanation, ports);
  if (json) terminal.out(JSON.stringify({ userId: user, ...explanation, candidates }));
  else print(user, explanation, candidates, terminal);
}

async function withNames({ candidates }: Explanation, { features }: Pick<Ports, 'features'>): Promise<Candidate[]> {
  const titles = await features.getMany<OnlineTitle>(candidates.map(({ titleId }) => titleKey(titleId)));
  return candidates.map((candidate, i) => ({ ...candidate, name: titles[i]?.name ?? candidate.titleId }));
}

function print(
  user: string,
  { policy, modelVersion, degraded }: Explanation,
  candidates: readonly Candidate[],
  terminal: Terminal,
): void {
  const model = modelVersion === null ? '' : `, model ${modelVersion}`;
  terminal.say(`${candidates.length} candidates for ${user}, ranked by the policy ${policy}${model}:`);
  if (degraded !== null) terminal.say(`The response is degraded: ${degraded}`);
  const header = ['title', 'score', 'before', 'after', 'propensity', 'sources', 'why'];
  for (const line of table([header, ...candidates.map(rowOf)])) terminal.out(line);
}

const rowOf = ({ name, score, before, after, propensity, sources, why }: Candidate): string[] => [
  name,
  score?.toFixed(DIGITS) ?? NONE,
  String(before ?? NONE),
  String(after ?? NONE),
  propensity === null ? NONE : String(Number(propensity.toPrecision(DIGITS))),
  sources.join(' + '),
  why,
];
