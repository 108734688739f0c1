import { readConfig, settingsOf } from '#adapters/composition/config.ts';
import { RecommendQuery } from '#domain/events/api-contract.ts';
import { type OnlineTitle, titleKey } from '#domain/features/features.ts';
import type { Ports } from '#ports/index.ts';
import { type Explained, type Explanation, explainer } from '../../../functions/recommendation/slate/explain-slate.ts';
import { type Terminal, table } from '../../console/terminal.ts';

/** The same question explores the same: an explanation can be asked for again. */
const REQUEST_ID = 'explained';
const DIGITS = 3;

type Row = Explained & { readonly name: string };

/** Prints what became of each candidate for a user: a table, or JSON. */
export async function explain(
  ports: Ports,
  { user, k, json }: { readonly user: string; readonly k: number; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const query = RecommendQuery.parse({ userId: user, k });
  const explanation = await explainer({ ...ports, settings: settingsOf(readConfig()) })(query, REQUEST_ID);
  const candidates = await named(explanation, ports);
  if (json) terminal.out(JSON.stringify({ userId: user, ...explanation, candidates }));
  else show(user, explanation, candidates, terminal);
}

async function named({ candidates }: Explanation, { features }: Pick<Ports, 'features'>): Promise<Row[]> {
  const titles = await features.getMany<OnlineTitle>(candidates.map(({ titleId }) => titleKey(titleId)));
  return candidates.map((candidate, i) => ({ ...candidate, name: titles[i]?.name ?? candidate.titleId }));
}

function show(user: string, { policy, modelVersion, degraded }: Explanation, rows: Row[], terminal: Terminal): void {
  const version = modelVersion === null ? '' : `, version ${modelVersion}`;
  terminal.say(`${rows.length} candidates for ${user}, by the policy ${policy}${version}:`);
  if (degraded !== null) terminal.say(`This is a lesser answer than it should be: ${degraded}`);
  const header = ['title', 'score', 'before', 'after', 'propensity', 'sources', 'why'];
  const cells = rows.map(({ name, score, before, after, propensity, sources, why }) => [
    name,
    score?.toFixed(DIGITS) ?? '–',
    String(before ?? '–'),
    String(after ?? '–'),
    propensity === null ? '–' : String(Number(propensity.toPrecision(DIGITS))),
    sources.join(' + '),
    why,
  ]);
  for (const line of table([header, ...cells])) terminal.out(line);
}
