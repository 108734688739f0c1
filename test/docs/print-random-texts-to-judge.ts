import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hashUnit } from '#domain/core/keyed-random.ts';

/** A sentence with the path of its file. For the kind `files`, the sentence is the path itself. */
export interface Sample {
  readonly text: string;
  readonly path: string;
}

const USAGE = `npm run readability -- KIND [--seed N] [--count N]

Prints random sentences of one kind of text, or random paths of source files, for readers to judge (docs/readability.md).

  KIND       files, docs, help, story, messages, comments
  --seed N   random seed (default: 1)
  --count N  number of samples (default: 100; files: 80)
`;
const FILES_COUNT = 80;
const SENTENCES_COUNT = 100;
const SHORTEST_WORDS = 4;

const tracked = (...patterns: string[]): string[] =>
  execFileSync('git', ['ls-files', '-z', '--', ...patterns], { encoding: 'utf8' })
    .split('\0')
    .filter((path) => path && existsSync(path));
const CODE = ['*.ts', '*.tsx', '*.py', '*.sql', '*.promql'];
/** Returns whether a file is written by a tool, or contains only data. */
const isGenerated = (path: string) => /\.d\.ts$|fixture|__init__\.py$/.test(path);

/** Splits prose into sentences of at least SHORTEST_WORDS words. */
export function sentencesOf(prose: string): string[] {
  return prose
    .split(/\n\s*\n|(?<=[.!?])\s+(?=[A-Z0-9`*[(])/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence.split(' ').length >= SHORTEST_WORDS);
}

/** Returns the prose of a Markdown page: no code blocks, no headings, no tables, list items as paragraphs. */
export const proseOf = (markdown: string): string =>
  markdown
    .replace(/```[\s\S]*?```/g, '\n\n')
    .replace(/^\s*(?:#|\||<|!\[).*$/gm, '\n')
    .replace(/^\s*(?:[-*>]|\d+\.)\s+/gm, '\n\n')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');

/** Returns the comments of a source file as prose, without tags such as `@param`. */
export function commentsOf(source: string, path: string): string[] {
  if (path.endsWith('.py')) {
    return [...source.matchAll(/"""([\s\S]*?)"""|(?:^|\s)#\s(.*)$/gm)].map(([, doc, line]) => doc ?? line ?? '');
  }
  if (/\.(sql|promql)$/.test(path)) return [...source.matchAll(/(?:--|#)\s(.*)$/gm)].map(([, line]) => line ?? '');
  const blocks = [...source.matchAll(/\/\*\*?([\s\S]*?)\*\//g)].map(([, text = '']) => text.replace(/^\s*\* ?/gm, ''));
  const lines = [...source.matchAll(/(?:^|\s)\/\/ (?!biome-ignore)(.*)$/gm)].map(([, text = '']) => text);
  return [...blocks, ...lines].map((text) =>
    text.replace(/@(?:param|returns|throws|default|typeParam)\b ?-?/g, '\n\n'),
  );
}

/** Returns the `what`, `why` and `fix` of errors, as written in the source. */
export const messagesOf = (source: string): string[] =>
  [...source.matchAll(/\b(?:what|why|fix):\s*(?:\n\s*)?(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g)].map(
    ([, , text = '']) => text,
  );

const inFiles = (paths: readonly string[], textsOf: (source: string, path: string) => string[]): Sample[] =>
  paths.flatMap((path) =>
    textsOf(readFileSync(path, 'utf8'), path)
      .flatMap(sentencesOf)
      .map((text) => ({ text, path })),
  );

/** Returns the description of every command and option, as `--help` prints it. */
function helpTexts(): Sample[] {
  const help = (...command: string[]) =>
    execFileSync(process.execPath, ['bin/agentbricks.ts', ...command, '--help'], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '1000' },
    });
  const visit = (command: string[]): Sample[] => {
    // Long descriptions continue on lines that begin with many spaces.
    const text = help(...command).replace(/\n {8,}(?=\S)/g, ' ');
    const path = ['agentbricks', ...command].join(' ');
    const [, summary = ''] = text.split('\n\n');
    const described = [...text.matchAll(/^ {2}(\S.*?) {2,}(\S.*)$/gm)].map(([, term = '', line = '']) => ({
      term,
      line,
    }));
    const below = described.filter(({ term }) => /^[a-z]/.test(term) && !term.startsWith('help'));
    const isCommand = ({ term }: { term: string }) => !new RegExp(`\\b${term.split(' ')[0]}\\b`).test(usageOf(text));
    return [
      { text: summary, path },
      ...described.map(({ line }) => ({ text: line, path })),
      ...below.filter(isCommand).flatMap(({ term }) => visit([...command, term.split(' ')[0] ?? ''])),
    ];
  };
  const usageOf = (text: string) => text.split('\n\n')[0] ?? '';
  return visit([]);
}

const KINDS: Readonly<Record<string, () => Sample[]>> = {
  files: () =>
    tracked(...CODE)
      .filter((path) => !isGenerated(path))
      .map((path) => ({ text: path, path })),
  docs: () =>
    inFiles(tracked('README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/*.md', 'docs/**/*.md'), (page) => [
      proseOf(page),
    ]),
  help: helpTexts,
  story: () => inFiles(tracked('stories/**/*.md'), (page) => [proseOf(page)]),
  messages: () =>
    inFiles(
      tracked('*.ts', '*.tsx').filter((path) => !path.startsWith('test/')),
      messagesOf,
    ),
  comments: () =>
    inFiles(
      tracked(...CODE).filter((path) => !isGenerated(path)),
      commentsOf,
    ),
};

/** Samples without replacement. The result is the same for the same samples and seed. */
export const sampled = (samples: readonly Sample[], seed: number, count: number): Sample[] =>
  samples
    .map((sample, i) => ({ sample, key: hashUnit(`${i} ${sample.path} ${sample.text}`, seed) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ sample }) => sample);

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, count: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [kind = ''] = positionals;
  const textsOf = KINDS[kind];
  if (values.help || !textsOf) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    process.exitCode = values.help ? 0 : 2;
  } else {
    const count = Number(values.count ?? (kind === 'files' ? FILES_COUNT : SENTENCES_COUNT));
    const all = textsOf();
    process.stderr.write(`${all.length} in all\n`);
    for (const [i, { text, path }] of sampled(all, Number(values.seed ?? 1), count).entries()) {
      process.stdout.write(`${i + 1}\t${text}${kind === 'files' ? '' : `\t${path}`}\n`);
    }
  }
}
