import type { Estimate } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { leadBound, type Manifest, type Segment } from '#domain/models/model-manifest.ts';
import { bars } from './bar-chart.ts';

export interface ModelCard {
  readonly markdown: string;
  /** Charts: file name → SVG. The Markdown refers to them as files in its own folder. */
  readonly charts: Readonly<Record<string, string>>;
}

const DIGITS = 3;
/** Metric by which the card compares segments. */
const METRIC = 'ndcg@10';
const PROTOCOLS: Readonly<Record<string, string>> = {
  globalTime: 'global-time split: plays after the split, ranked among all titles as of the split',
  explored: 'plays of explored titles, ranked among the titles that exploration could have shown',
  unchosen:
    'plays that no recommender chose (explored, or found without a slate), ranked among the titles that the user had not played',
  leaveOneOut: 'leave-one-out: each user’s last play, ranked among up to 99 titles that the user never played',
};
const KINDS: Readonly<Record<Segment['kind'], { readonly title: string; readonly what: string }>> = {
  users: { title: 'By number of plays per user', what: '“new” users have at most 5 plays before the split' },
  titles: {
    title: 'By popularity of the title',
    what: '“popular” titles are the most played ones, which together have 80 % of the plays before the split',
  },
  country: { title: 'By country', what: '“other” stands for all countries with fewer than 50 people' },
};

type Recommenders = Readonly<Record<string, Readonly<Record<string, Estimate>>>>;

/**
 * Returns a model's card: its identity, training data, quality by segment, and intended use. All facts come from its
 * manifest.
 */
export function modelCard(manifest: Manifest): ModelCard {
  const segments = manifest.segments ?? [];
  const kinds = (Object.keys(KINDS) as Segment['kind'][]).filter((kind) => segments.some((one) => one.kind === kind));
  const charts = Object.fromEntries(
    kinds.map((kind) => [
      `${kind}.svg`,
      chartOf(
        kind,
        segments.filter((one) => one.kind === kind),
      ),
    ]),
  );
  const sections = [
    heading(manifest),
    ...Object.entries(manifest.metrics).map(([protocol, recommenders]) => metricsOf(protocol, recommenders)),
    ...(manifest.simpler?.length ? [simplerModels(manifest.simpler)] : []),
    ...kinds.map((kind) =>
      segmentsOf(
        kind,
        segments.filter((one) => one.kind === kind),
      ),
    ),
    USE,
  ];
  return { markdown: `${sections.join('\n\n')}\n`, charts };
}

const day = (at: number) => new Date(at).toISOString();
const count = (value: number) => value.toLocaleString('en-US');

function heading({
  version,
  trainedAt,
  asOf,
  dataHash,
  codeCommit,
  seed,
  rows,
  gate,
  index,
  ...made
}: Manifest): string {
  const search =
    index?.kind === 'ivf'
      ? `inverted file: ${index.probes} of ${index.cells} cells, recall@200 ${index.recall} against exact search`
      : 'exact search';
  return [
    `# Model ${version}`,
    '',
    'A two-tower model retrieves 200 titles from the user’s latest plays. A ranker orders them by the towers’ score and by features of the user, the title and the pair.',
    '',
    '| | |',
    '|---|---|',
    `| trained | ${day(trainedAt)}, code ${codeCommit}, seed ${seed} |`,
    `| data | as of ${day(asOf)}: ${count(rows.users)} users, ${count(rows.titles)} titles, ${count(rows.train)} training rows, ${count(rows.test)} test plays |`,
    `| data hash | \`${dataHash}\` |`,
    `| size | ${made.dimensions} dimensions, histories of ${made.historyLength} plays |`,
    `| index | ${search} |`,
    `| ONNX export | scores differ from PyTorch by at most ${made.onnxMaxDifference.toExponential(1)} |`,
    `| gate | ${gateLine(gate)} |`,
  ].join('\n');
}

const gateLine = (gate: Manifest['gate']): string =>
  'undecided' in gate
    ? `not compared with ${gate.incumbent}: ${gate.undecided}`
    : `${gate.metric}: ${lead(gate.difference)} over ${gate.incumbent}`;

const lead = ({ value, low, high }: Estimate): string => `${signed(value)} (${signed(low)} to ${signed(high)})`;

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(DIGITS)}`;
const shown = (value: Estimate | undefined) =>
  value ? `${value.value.toFixed(DIGITS)} (${value.low.toFixed(DIGITS)}–${value.high.toFixed(DIGITS)})` : '–';

function metricsOf(protocol: string, recommenders: Recommenders): string {
  const names = [...new Set(Object.values(recommenders).flatMap((metrics) => Object.keys(metrics)))];
  const rows = Object.entries(recommenders).map(
    ([who, metrics]) => `| ${who} | ${names.map((name) => shown(metrics[name])).join(' | ')} |`,
  );
  const header = [`| | ${names.join(' | ')} |`, `|---|${names.map(() => '---').join('|')}|`];
  return [
    `## Quality, ${PROTOCOLS[protocol] ?? protocol}`,
    '',
    ...header,
    ...rows,
    '',
    'Means over users, with 95 % bootstrap intervals.',
  ].join('\n');
}

/** Returns the section that compares the model with simpler ones. */
function simplerModels(simpler: NonNullable<Manifest['simpler']>): string {
  const rows = simpler.map(
    (each) => `| ${each.model} | ${lead(each.difference)} | ${leadBound(each) > 0 ? 'yes' : '**no**'} |`,
  );
  return [
    '## Would a simpler model suffice?',
    '',
    '| simpler model | this model’s lead (95 % interval) | significantly better? |',
    '|---|---|---|',
    ...rows,
    '',
    `Metric: ${simpler[0]?.metric}, paired over users. If the answer is no, the simpler model may be the better choice: it costs less to train, serve and explain.`,
  ].join('\n');
}

const recommendersOf = (segments: readonly Segment[]) => [
  ...new Set(segments.flatMap(({ metrics }) => Object.keys(metrics))),
];

function segmentsOf(kind: Segment['kind'], segments: readonly Segment[]): string {
  const { title, what } = KINDS[kind];
  const who = recommendersOf(segments);
  const rows = segments.map(
    ({ name, users, metrics }) =>
      `| ${name} | ${count(users)} | ${who.map((one) => shown(metrics[one]?.[METRIC])).join(' | ')} |`,
  );
  const header = [`| | users | ${who.join(' | ')} |`, `|---|---|${who.map(() => '---').join('|')}|`];
  return [`## ${title}`, '', `![${title}](${kind}.svg)`, '', ...header, ...rows, '', `${METRIC}; ${what}.`].join('\n');
}

function chartOf(kind: Segment['kind'], segments: readonly Segment[]): string {
  const series = recommendersOf(segments);
  const rows = segments.map(({ name, users, metrics }) => ({
    label: `${name} (${count(users)} users)`,
    values: series.map((who) => metrics[who]?.[METRIC]),
  }));
  return bars({ title: KINDS[kind].title, axis: `${METRIC}, with 95 % intervals`, series, rows });
}

const USE = [
  '## Intended use and limits',
  '',
  '- **Intended use**: to rank titles for the people of the city on whose plays it was trained. It is loaded as ONNX, which contains no code.',
  '- **Not intended** for other people or catalogues, or for anything except entertainment. Until the next model, only exploration shows titles that were released after the training.',
  '- **Exposure bias**: a model cannot learn about titles that were never shown. Only plays that no recommender chose favour no recommender, so the gate prefers that protocol.',
  '- **Intervals** are over the users of one split in time. They do not predict future quality; the monitors measure it.',
  '- **Small segments** have wide intervals. Compare the intervals, not the bars, before concluding that a group gets worse slates.',
].join('\n');
