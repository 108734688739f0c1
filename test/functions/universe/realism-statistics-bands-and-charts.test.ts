import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import { correlation, shareOfTop, statisticsOf } from '../../../functions/universe/realism/interaction-statistics.ts';
import {
  activityOf,
  asPublished,
  type Interactions,
  popularityOf,
} from '../../../functions/universe/realism/interaction-table-and-row-operations.ts';
import { BANDS, isInside } from '../../../functions/universe/realism/realism-bands.ts';
import { realismCharts } from '../../../functions/universe/realism/realism-charts.ts';
import { simulatedInteractions } from '../../../functions/universe/realism/simulate-plays-without-service.ts';
import { svgChart } from '../../../functions/universe/realism/svg-chart.ts';
import { createWorld } from '../../../functions/universe/worlds/films/create-universe.ts';
import { KIND } from '../../../functions/universe/worlds/films/events/event-column-arrays.ts';
import { wordOfMouthPolicy } from '../../../functions/universe/worlds/films/policies/baseline-policies.ts';
import { simulate } from '../../../functions/universe/worlds/films/simulate-agents-with-baseline-policies.ts';

type Row = readonly [user: number, item: number, stars: number, time: number];

const tableOf = (rows: readonly Row[]): Interactions => ({
  users: Uint32Array.from(rows, ([user]) => user),
  items: Uint32Array.from(rows, ([, item]) => item),
  ratings: Float32Array.from(rows, ([, , stars]) => stars),
  times: Float64Array.from(rows, ([, , , time]) => time),
  zones: new Float32Array(rows.length),
});
const rowsOf = ({ users, items, ratings, times }: Interactions): Row[] =>
  Array.from(users, (user, i) => [user, items[i] as number, ratings[i] as number, times[i] as number]);
const anyRows = fc.array(
  fc.tuple(
    fc.nat({ max: 5 }),
    fc.nat({ max: 8 }),
    fc.integer({ min: 1, max: 5 }),
    fc.nat({ max: 1_000 }).map((minute) => minute * MINUTE),
  ),
  { maxLength: 60 },
);

describe('published interactions', () => {
  it('are each pair’s first interaction, of users with enough of them, renumbered without gaps', () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 6 }), (rows, least) => {
        const sorted = rows.map((row, i) => ({ row, i })).sort((a, b) => a.row[3] - b.row[3] || a.i - b.i);
        const firsts = new Map(sorted.toReversed().map(({ row }) => [`${row[0]} ${row[1]}`, row] as const));
        const expected = [...firsts.values()].filter(
          ([user]) => [...firsts.values()].filter(([other]) => other === user).length >= least,
        );
        const published = asPublished(tableOf(rows), least);
        expect(
          rowsOf(published)
            .map(([, , stars, time]) => `${stars} ${time}`)
            .sort(),
        ).toEqual(expected.map(([, , stars, time]) => `${stars} ${time}`).sort());
        expect(activityOf(published).length).toBe(new Set(expected.map(([user]) => user)).size);
        expect(Math.max(-1, ...published.items) + 1).toBe(popularityOf(published).length);
      }),
    );
  });
});

describe('statistics', () => {
  const MONDAY = Date.UTC(2024, 0, 1);
  const films = Array.from({ length: 20 }, (_, item): Row => [7, item, 4, MONDAY + item * MINUTE]);

  it('end a session after half an hour without a play, and measure the gap', () => {
    const evening: Row[] = [...films, [7, 20, 1, MONDAY + 20 * MINUTE + 5 * HOUR]];
    const { sessionLengths, gaps } = statisticsOf(tableOf(evening));
    expect([...sessionLengths]).toEqual([20, 1]);
    expect([...gaps]).toEqual([5 + 1 / 60]);
  });

  it('count hours and weekdays in the user’s local time', () => {
    const east = { ...tableOf(films), zones: new Float32Array(films.length).fill(-1) };
    expect(statisticsOf(tableOf(films))).toMatchObject({
      hours: [1, ...Array(23).fill(0)],
      weekdays: [1, 0, 0, 0, 0, 0, 0],
    });
    expect(statisticsOf(east)).toMatchObject({ hours: [...Array(23).fill(0), 1], weekdays: [0, 0, 0, 0, 0, 0, 1] });
  });

  it('count the stars of rated interactions only, and round half-stars up', () => {
    const [first, second, ...others] = films as [Row, Row, ...Row[]];
    const rated: Row[] = [[7, first[1], Number.NaN, first[3]], [7, second[1], 4.5, second[3]], ...others];
    expect(statisticsOf(tableOf(rated)).stars).toEqual([0, 0, 0, 18 / 19, 1 / 19]);
  });

  it('compute the Pearson correlation', () => {
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1);
    expect(correlation([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8);
    expect(correlation([1, 1], [1, 2])).toBe(0);
  });

  it('compute the share of the greatest values', () => {
    expect(shareOfTop(Uint32Array.from([1, 7, 1, 1]), 0.25)).toBe(0.7);
    expect(shareOfTop(new Uint32Array(), 0.1)).toBe(0);
  });
});

describe('the realism bands', () => {
  it('exclude a world in which all users are alike', () => {
    const alike = Array.from({ length: 50 }, (_, user) =>
      Array.from({ length: 30 }, (_, item): Row => [user, item, 1 + ((user + item) % 5), (user * 30 + item) * HOUR]),
    ).flat();
    const statistics = statisticsOf(tableOf(alike));
    const outside = BANDS.filter((band) => !isInside(band, band.of(statistics))).map(({ name }) => name);
    expect(outside).toEqual(
      expect.arrayContaining([
        'user activity: Gini',
        'item popularity: Gini',
        'ratings: mean',
        'hour of the day: peak / trough',
      ]),
    );
  });
});

describe('simulated interactions', () => {
  it('have exactly the ratings of the universe', () => {
    const size = { seed: 1, agents: 200, titles: 200, startAt: 0 };
    const sent: string[] = [];
    for (const { events } of simulate(createWorld(size), 0, 60 * 24, wordOfMouthPolicy)) {
      for (let row = 0; row < events.length; row++) {
        if (events.kind[row] !== KIND.rate) continue;
        sent.push(`${events.agent[row]} ${events.title[row]} ${events.value[row]}`);
      }
    }
    const rated = rowsOf(simulatedInteractions(size, 60)).filter(([, , stars]) => !Number.isNaN(stars));
    expect(rated.map(([user, item, stars]) => `${user} ${item} ${stars}`)).toEqual(sent);
  });
});

describe('the realism charts', () => {
  const statistics = statisticsOf(simulatedInteractions({ seed: 1, agents: 200, titles: 200, startAt: 0 }, 30));

  it('show each distribution of both worlds, in SVG without scripts', () => {
    const charts = realismCharts({ simulated: statistics, real: statistics });
    expect([...charts.keys()]).toEqual([
      'activity',
      'popularity',
      'ratings',
      'popularity-and-rating',
      'hours',
      'weekdays',
      'session-length',
      'gaps',
    ]);
    for (const svg of charts.values()) {
      expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(svg.match(/<polyline/g)).toHaveLength(2);
      expect(svg).not.toMatch(/NaN|Infinity|<script/);
    }
  });

  it('draw the least and the greatest value at the edges, with greater values higher', () => {
    const svg = svgChart({
      title: 't',
      x: 'x',
      y: 'y',
      lines: [
        {
          name: 'a',
          points: [
            [0, 0],
            [10, 100],
          ],
        },
      ],
    });
    expect(svg).toContain('points="56.0,256.0 464.0,36.0"');
  });

  it('escape markup in names', () => {
    expect(svgChart({ title: '<b>&"', x: '', y: '', lines: [{ name: 'a', points: [[0, 1]] }] })).toContain(
      '&lt;b&gt;&amp;&quot;',
    );
  });

  it('contain no NaN or Infinity for any numbers', () => {
    const point = fc.tuple(
      fc.double({ min: 0.1, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        fc.boolean(),
        (points, logX, logY) => {
          fc.pre(points.some(([, value]) => value > 0));
          expect(svgChart({ title: '', x: '', y: '', logX, logY, lines: [{ name: '', points }] })).not.toMatch(
            /NaN|Infinity/,
          );
        },
      ),
    );
  });
});
