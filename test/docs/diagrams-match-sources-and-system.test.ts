import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagrams, svgOf } from '../../docs/diagrams/render.ts';
import { pipelineDefinition } from '../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import { type Brick, triggers } from '../../functions/triggers.ts';

const root = resolve(import.meta.dirname, '../..');
const all = diagrams();
const sourceOf = (name: string) => all.find((diagram) => diagram.name === name)?.source ?? '';
const pages = globSync('docs/**/*.md', { cwd: root }).map((page) => readFileSync(join(root, page), 'utf8'));

describe.each(all)('the diagram $name', ({ name, source, svg }) => {
  it('is what `npm run diagrams` renders from its source', () => {
    expect(source, `docs/diagrams/${name}.mmd is missing`).toBeDefined();
    const current = svg === svgOf(source ?? '');
    expect(current, `docs/diagrams/${name}.svg is out of date: run \`npm run diagrams\``).toBe(true);
  });

  it('differs as soon as its source changes', () => {
    expect(svgOf(`${source}  Planted --> Box\n`)).not.toBe(svg);
  });

  it('is shown on a page', () => {
    expect(pages.some((page) => page.includes(`diagrams/${name}.svg)`))).toBe(true);
  });

  it('has a title and a white background, and loads nothing from elsewhere', () => {
    expect(svg).toMatch(/<title>.+<\/title>/);
    expect(svg).toContain('<rect width="100%" height="100%" fill="#ffffff" />');
    expect(svg?.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|var\(/);
  });
});

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
}

const definition = pipelineDefinition();
const states: [string, State][] = Object.entries(definition.States as Record<string, State>);

describe('the diagram of the pipeline', () => {
  const source = sourceOf('pipeline');
  const drawn = [...source.matchAll(/^\s*(\S+) --> ([^\s:]+)/gm)].map(([, from, to]) => `${from} → ${to}`);

  it('has the transitions of the real state machine', () => {
    const ends = (name: string, { Type, Next, End, Default, Choices = [] }: State) =>
      [...Choices.map((choice) => choice.Next), Default, Next, End || Type === 'Succeed' ? '[*]' : undefined]
        .filter((to) => to !== undefined)
        .map((to) => `${name} → ${to}`);
    const real = [`[*] → ${definition.StartAt}`, ...states.flatMap(([name, state]) => ends(name, state))];
    expect(drawn.filter((edge) => !edge.startsWith('Run → ')).sort()).toEqual(real.sort());
  });

  it('leads from each Task to Failed when the last retry fails', () => {
    const caught = states
      .filter(([, { Type }]) => Type === 'Task')
      .map(([, state]) => state.Catch?.map(({ Next }) => Next));
    expect(caught.length).toBeGreaterThan(0);
    expect(caught.every((next) => next?.join() === 'Failed')).toBe(true);
    expect(drawn.filter((edge) => edge.startsWith('Run → '))).toEqual(['Run → Failed']);
    const run = /\{([\s\S]*)\n {2}\}/.exec(source)?.[1] ?? '';
    expect(states.filter(([name, { Type }]) => Type === 'Task' && !run.includes(name))).toEqual([]);
  });
});

describe('the diagram of the deployment', () => {
  const app = readFileSync(join(root, 'lib/agentbricks-app.ts'), 'utf8');
  const stacks = [...app.matchAll(/new \w+Stack\(app, '(\w+)'/g)].map(([, name]) => name as string);
  /** For each stack, the words in the boxes of its innermost subgraph. */
  const drawn = new Map(
    [...sourceOf('deployment').matchAll(/subgraph (\w+)\n((?:(?!subgraph)[\s\S])*?)\n\s*end/g)].map(
      ([, name, boxes]) => [name as string, (boxes as string).split(/[^\w-]+/)],
    ),
  );

  it('has every stack', () => {
    expect(stacks.length).toBeGreaterThan(0);
    expect([...drawn.keys()].sort()).toEqual(stacks.sort());
  });

  it('has every function in the stack that contains it', () => {
    const stackOf = (brick: Brick) => stacks.find((stack) => stack.toLowerCase() === brick.replaceAll('-', ''));
    const functions = Object.entries(triggers).filter(([, { brick }]) => brick !== 'access');
    expect(functions.filter(([name, { brick }]) => !drawn.get(stackOf(brick) ?? '')?.includes(name))).toEqual([]);
  });
});
