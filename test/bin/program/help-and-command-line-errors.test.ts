import { type Argument, Command, type Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { agentbricksProgram } from '../../../bin/program/agentbricks-program.ts';
import { MAX_CITY } from '../../../bin/program/command-options.ts';
import { mirrorProgram } from '../../../bin/program/mirror-servers-program.ts';
import { CitySize } from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { screen } from '../../support/recording-terminal.ts';
import { agentbricks, commandsIn } from '../run-in-process.ts';

const shared = { end: () => undefined, screen: screen().terminal };
const programs = [agentbricksProgram(shared), mirrorProgram(shared)];
const commands = programs.flatMap((program) => [program, ...commandsIn(program)]);
const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
const options = commands.flatMap((command) =>
  command.options.map((option): [string, Option] => [`${pathOf(command)} ${option.flags}`, option]),
);
const parameters = commands.flatMap((command) =>
  command.registeredArguments.map((argument) => [`${pathOf(command)} <${argument.name()}>`, argument] as const),
);

function hasDefaultOnce({ defaultValue, description }: Option): boolean {
  if (defaultValue !== undefined) return !description.includes('default');
  return /\(default: |required with|repeatable/.test(description);
}

/** Verbs with which descriptions may begin. Before you add one, read the description aloud. */
const VERBS = new Set(
  (
    'Check Compare Copy Delete Describe Destroy Estimate Evaluate Generate Import Inspect Learn List Maintain Manage ' +
    'Merge Move Point Post Print Process Replace Request Rewrite Roll Run Save Search Show Simulate Switch Trace Train Use'
  ).split(' '),
);

const violations = <Described>(
  all: readonly (readonly [string, Described])[],
  isRight: (described: Described) => boolean,
): string[] => all.filter(([, described]) => !isRight(described)).map(([name]) => name);
const firstWord = ({ description }: { readonly description: string }): string => description.split(' ')[0] ?? '';

describe('the help of a command', () => {
  it('covers the complete program', () => {
    expect(commands.length).toBeGreaterThanOrEqual(40);
    expect(options.length).toBeGreaterThan(150);
  });

  it.each(commands.map((command) => [pathOf(command), command.description()]))(
    '%s begins with a verb and is one sentence',
    (_, description) => {
      expect(VERBS).toContain(firstWord({ description }));
      expect(description).not.toMatch(/[.;]$|\. |of every/);
      expect(description.length).toBeLessThanOrEqual(120);
    },
  );

  it('describes each option and argument with a noun phrase', () => {
    const described: readonly (readonly [string, Option | Argument])[] = [...options, ...parameters];
    expect(violations(described, ({ description }) => /^[a-zA-Z0-9]/.test(description))).toEqual([]);
    expect(violations(described, (each) => !VERBS.has(firstWord(each)))).toEqual([]);
    const unclear = /^(of|whom?|what|which|where|how|the|an?) |of every|\.$/i;
    expect(violations(described, ({ description }) => !unclear.test(description))).toEqual([]);
  });

  it('states each default once: commander prints the defaults that it knows', () => {
    const optional = options.filter(([, { required, mandatory, variadic }]) => required && !mandatory && !variadic);
    expect(violations(optional, hasDefaultOnce)).toEqual([]);
    expect(
      violations(parameters, ({ defaultValue, description }) => !(defaultValue && /default/.test(description))),
    ).toEqual([]);
  });

  it('is printed with the options and their defaults', async () => {
    const { status, stdout } = await agentbricks('recommend', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: agentbricks recommend \[options\]\n\nRequest recommendations for a user/);
    expect(stdout).toMatch(/--k <number> +number of titles to recommend \(default: 10\)/);
  });
});

describe('a command line without a command', () => {
  it.each([[[]], [['lake']], [['models']]])('%j prints the help, which is not an error', async (args) => {
    const { status, stdout, stderr } = await agentbricks(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: agentbricks [\s\S]*Commands:|City:/);
  });
});

describe('the size of a city', () => {
  it('has the same maxima on the command line as in its schema', () => {
    const { agents, titles, days } = CitySize.shape;
    const maxima = { agents: agents.maxValue, titles: titles.maxValue, days: days.maxValue };
    expect(MAX_CITY).toEqual(maxima);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['chek'], '(Did you mean check?)'],
    [['lake', 'verfy'], '(Did you mean verify?)'],
    [['simulate', '--agents', '99999999999'], 'It must be a whole number from 1 to 1000000.'],
    [['off-policy', '--agents', '1'], 'It must be a whole number from 100 to 10000000.'],
    [['off-policy', '--seeds', ''], 'It must be a whole number from 0 to 4294967295.'],
    [['up', '--port', ' '], 'It must be a whole number from 0 to 65535.'],
    [['recommend'], "required option '--user <id>' not specified"],
    [['up', '--port', '70000'], 'It must be a whole number from 0 to 65535.'],
    [['up', '--off', 'sleep'], 'Allowed choices are'],
    [['universe', 'report', '--seeds', '1,x'], 'It must be a whole number from 0 to 4294967295.'],
    [['off-policy', '--share', '0'], 'It must be above 0 and at most 1.'],
    [['models', 'alias', 'canary', 'v', '--share', '2'], 'It must be a number from 0 to 1.'],
    [['logs', 'collect', '--since', 'soon'], 'It must be a time such as 90s, 10m, 2h or 1d.'],
    [['lake', 'replay', '--from', '2026-02-30', '--to', '2026-03-01'], 'It must be a day such as 2026-01-31.'],
  ])('%j is rejected with the rule, and a pointer to the help', async (args, message) => {
    const { status, stdout, stderr } = await agentbricks(...args);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain('Add --help to see all options.');
  });
});

describe('an error that is not explained', () => {
  it('is printed with its stack trace and exit status 1', async () => {
    const { runProgram } = await import('../../../bin/program/run-cli-and-print-errors.ts');
    const { terminal, stderr } = screen();
    const ended: number[] = [];
    const program = new Command().action(() => {
      throw new TypeError('a bug');
    });
    await runProgram(program, { screen: terminal, end: (status) => ended.push(status) }, []);
    expect(ended).toEqual([1]);
    expect(stderr()).toMatch(/^TypeError: a bug\n +at /);
  });
});
