import { describe, expect, it } from 'vitest';
import type { Segment } from '#domain/models/model-manifest.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { bars } from '../../../functions/model-training/card/bar-chart.ts';
import { modelCard } from '../../../functions/model-training/card/model-card.ts';

const { manifest } = fixtureModel();
const at = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });
const segment = (kind: Segment['kind'], name: string, users: number, candidate: number): Segment => ({
  kind,
  name,
  users,
  metrics: { candidate: { 'ndcg@10': at(candidate) }, popular: { 'ndcg@10': at(0.2) } },
});
const segments = [
  segment('users', 'new', 1_200, 0.3),
  segment('users', 'old', 800, 0.5),
  segment('titles', 'rare', 90, 0.15),
  segment('country', 'SE & <NO>', 70, 0.4),
];

describe('a model card', () => {
  const { markdown, charts } = modelCard({ ...manifest, segments });

  it('states the model’s version, training data, intended use and limits', () => {
    expect(markdown).toContain(`# Model ${manifest.version}`);
    expect(markdown).toContain(manifest.dataHash);
    expect(markdown).toContain('## Intended use and limits');
    expect(markdown).toMatch(/\| gate \| globalTime\/ndcg@10: [+−]\d/);
  });

  it('lists each segment with its number of users, and every recommender’s metric with its interval', () => {
    expect(markdown).toContain('| new | 1,200 | 0.300 (0.200–0.400) | 0.200 (0.100–0.300) |');
    expect(markdown).toContain('| rare | 90 | 0.150 (0.050–0.250) |');
  });

  it('refers to every chart, and to no other file', () => {
    const files = [...markdown.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, file]) => file);
    expect(files).toEqual(['users.svg', 'titles.svg', 'country.svg']);
    expect(Object.keys(charts)).toEqual(files);
  });

  it('is complete without segments, which older models lack', () => {
    const { segments: _, index: __, ...old } = { ...manifest, segments, index: undefined };
    const card = modelCard(old);
    expect(card.charts).toEqual({});
    expect(card.markdown).toContain('exact search');
    expect(card.markdown).not.toContain('undefined');
    expect(card.markdown).not.toContain('NaN');
  });

  it('states whether a simpler model would suffice, with the lead over each', () => {
    const lead = (model: string, low: number) => ({
      model,
      metric: 'explored/ndcg',
      difference: { value: 0.1, low, high: 0.2 },
    });
    const card = modelCard({ ...manifest, simpler: [lead('popular', 0.02), lead('item-knn', -0.03)] });
    expect(card.markdown).toContain('## Would a simpler model suffice?');
    expect(card.markdown).toContain('| popular | +0.100 (+0.020 to +0.200) | yes |');
    expect(card.markdown).toContain('| item-knn | +0.100 (−0.030 to +0.200) | **no** |');
    expect(markdown).not.toContain('Would a simpler model suffice?');
  });

  it('states why a model was not compared with the champion', () => {
    const gate = { incumbent: 'bbbbbbbbbbbb', undecided: 'too little was played' };
    expect(modelCard({ ...manifest, gate }).markdown).toContain(
      '| gate | not compared with bbbbbbbbbbbb: too little was played |',
    );
  });

  it('states the cells, probes and recall of an inverted-file index', () => {
    const index = { kind: 'ivf', cells: 512, probes: 44, recall: 0.9815 } as const;
    expect(modelCard({ ...manifest, index }).markdown).toContain('44 of 512 cells, recall@200 0.9815');
  });
});

describe('a bar chart', () => {
  const rows = [
    { label: 'SE & <NO>', values: [at(0.4), at(0.2)] },
    { label: 'none', values: [undefined, at(0.1)] },
  ];
  const svg = bars({ title: 'By "country"', axis: 'ndcg@10', series: ['candidate', 'popular'], rows });
  const widths = [...svg.matchAll(/height="12" fill|width="([\d.]+)" height="12"/g)]
    .map(([, width]) => Number(width))
    .slice(2);

  it('has bars proportional to the values, and no bar for a missing value', () => {
    expect(widths).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = widths;
    expect(first / second).toBeCloseTo(2, 6);
    expect(second / third).toBeCloseTo(2, 6);
  });

  it('escapes markup in labels', () => {
    expect(svg).toContain('SE &amp; &lt;NO&gt;');
    expect(svg).toContain('aria-label="By &quot;country&quot;"');
    expect(svg).not.toContain('<NO>');
  });
});
