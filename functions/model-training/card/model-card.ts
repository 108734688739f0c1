import type { Estimate } from '#domain/core/statistics.ts';
import type { Manifest, Segment } from '#domain/models/model-manifest.ts';
import { bars } from './bar-chart.ts';

export interface ModelCard {
  readonly markdown: string;
  /** File name → SVG. The Markdown names them as they lie beside it. */
  readonly pictures: Readonly<Record<string, string>>;
}

const DIGITS = 3;
/** What the segments are compared by. */
const METRIC = 'ndcg@10';
const PROTOCOLS: Readonly<Record<string, string>> = {
  globalTime: 'global time: all titles ranked, as of the split, against all that was played after it',
  explored: 'plays of titles that were shown by chance, ranked among the titles that chance could have shown',
  unchosen:
    'plays that no recommender chose (shown by chance, or found without a slate), ranked among the titles that the user had not played',
  leaveOneOut: 'leave one out: the last play, ranked among up to 99 titles that the user never played',
};
const KINDS: Readonly<Record<Segment['kind'], { readonly title: string; readonly what: string }>> = {
  users: { title: 'By how much users have played', what: 'new: at most 5 plays before the split' },
  titles: { title: 'By how popular titles are', what: 'popular: the titles with 80 % of the plays before the split' },
  country: { title: 'By country', what: 'countries with fewer than 50 people are "other"' },
};

type Recommenders = Readonly<Record<string, Readonly<Record<string, Estimate>>>>;

/** What a model is, what it was made from, how good it is for whom, and what it is not for. All of it from its manifest. */
export function modelCard(manifest: Manifest): ModelCard {
  const segments = manifest.segments ?? [];
  const kinds = (Object.keys(KINDS) as Segment['kind'][]).filter((kind) => segments.some((one) => one.kind === kind));
  const pictures = Object.fromEntries(
    kinds.map((kind) => [
      `${kind}.svg`,
      pictureOf(
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
  return { markdown: `${sections.join('\n\n')}\n`, pictures };
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
    'A two-tower model retrieves 200 titles by what the user played last; a ranker orders them by the towers’ score and by features of the user, the title and the pair.',
    '',
    '| | |',
    '|---|---|',
    `| trained | ${day(trainedAt)}, code ${codeCommit}, seed ${seed} |`,
    `| data | everything known at ${day(asOf)}: ${count(rows.users)} users, ${count(rows.titles)} titles, ${count(rows.train)} rows to rank from; ${count(rows.test)} later plays to test on |`,
    `| data hash | \`${dataHash}\` |`,
    `| size | ${made.dimensions} dimensions, histories of ${made.historyLength} plays |`,
    `| index | ${search} |`,
    `| ONNX against PyTorch | differ by ${made.onnxMaxDifference.toExponential(1)} at most |`,
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

/** Whether the model earns its complexity. */
function simplerModels(simpler: NonNullable<Manifest['simpler']>): string {
  const rows = simpler.map(
    ({ model, difference }) => `| ${model} | ${lead(difference)} | ${difference.low > 0 ? 'yes' : '**no**'} |`,
  );
  return [
    '## Would a simpler model do?',
    '',
    '| simpler model | this model’s lead (95 % interval) | significantly better? |',
    '|---|---|---|',
    ...rows,
    '',
    `${simpler[0]?.metric}, paired over users. Where the answer is no, the simpler model may be the better choice: it costs less to train, to serve and to explain.`,
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

function pictureOf(kind: Segment['kind'], segments: readonly Segment[]): string {
  const series = recommendersOf(segments);
  const rows = segments.map(({ name, users, metrics }) => ({
    label: `${name} (${count(users)} users)`,
    values: series.map((who) => metrics[who]?.[METRIC]),
  }));
  return bars({ title: KINDS[kind].title, axis: `${METRIC}, with 95 % intervals`, series, rows });
}

const USE = [
  '## What it is for, and what not',
  '',
  '- **For** ordering films for people of the city it was trained on, by what they played. It is loaded as ONNX, which carries no code.',
  '- **Not for** people or films of another catalogue; not for anything but entertainment. A film that came after the training is shown by exploration alone, until the next model.',
  '- **It learns from what was shown.** What was never shown cannot be learned; the protocol of titles that chance showed is the one that favours nobody, and the gate prefers it.',
  '- **Intervals are over users** of one split in time. They do not tell how next month will be: the monitors do.',
  '- **Small segments** have wide intervals: look at those, and not at the bars, before saying that somebody is served worse.',
].join('\n');
