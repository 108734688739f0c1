import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/trainer-environment.ts';
import { describeWith } from '../../support/require-server.ts';
import { hasPython, sharedTrainer } from '../../support/trainer-python.ts';

const MINUTE = 60_000;
const BOM = '\ufeff';

interface Read {
  readonly form?: string;
  readonly plays?: readonly (readonly [user: string, item: string])[];
  /** Dense ranks. */
  readonly times?: readonly number[] | null;
  readonly negatives?: readonly string[];
  readonly error?: { readonly what: string; readonly why: string; readonly fix: string };
}

const plain: [string, string][] = [
  ['u1', 'a'],
  ['u1', 'b'],
  ['u2', 'c'],
];
const inLists = 'lists by spaces: user, items';
const inTabs = 'tabs: user, item';

/** Title, content, format, and the plays if they differ from `plain`. */
const accepted: [string, string, string, [string, string][]?][] = [
  ['lists', 'u1 a b\nu2 c\n', inLists],
  ['lists with a byte-order mark', `${BOM}u1 a b\nu2 c\n`, inLists],
  ['lists with Windows line ends and blank lines', '\r\nu1 a b\r\n\r\n  \r\nu2  c \r\n', inLists],
  ['lists without a newline at the end, and a user without items', 'u1 a b\nu3\nu2 c', inLists],
  ['lists of numbers', '1 2 3\n2 3 4', inLists, [...triple('1', '2', '3'), ...triple('2', '3', '4')]],
  ['lists of items with commas', 'u1 a,b c,d\n', inLists, triple('u1', 'a,b', 'c,d')],
  ['tabs', 'u1\ta\nu1\tb\nu2\tc\n', inTabs],
  ['tabs with a byte-order mark', `${BOM}u1\ta\nu1\tb\nu2\tc\n`, inTabs],
  [
    'tabs with Windows line ends, blank lines and tabs at line ends',
    'u1\ta\t\r\n\r\n \t\r\nu1\tb\r\nu2\tc\t\t',
    inTabs,
  ],
  ['tabs with the line ends of old Macs', 'u1\ta\ru1\tb\ru2\tc\r', inTabs],
  ['names with commas, quotes and spaces', 'a,b\t"x" y\n', inTabs, [['a,b', '"x" y']]],
  ['names that look like JSON', '[deleted]\tx\n', inTabs, [['[deleted]', 'x']]],
  ['a rating without a time', 'u1\ta\t3.5\nu1\tb\t\nu2\tc\t5\n', 'tabs: user, item, rating'],
  [
    'a header of RecBole with two columns',
    'user_id:token\titem_id:token\nu1\ta\nu1\tb\nu2\tc\n',
    'tabs with a header: user_id:token, item_id:token',
  ],
  [
    'a header with more columns in another order',
    `${BOM}timestamp:float\tcity:token\titem_id:token\tuser_id:token\tnote:token_seq\n3\tx\ta\tu1\tok fine\n4\tx\tb\tu1\t\n5\ty\tc\tu2\t\n`,
    'tabs with a header: timestamp:float, city:token, item_id:token, user_id:token, note:token_seq',
  ],
  [
    'a header of MovieLens',
    'userId\tmovieId\ttitle\n u1\ta\tA\nu1\tb\tB\nu2\tc\tC\n',
    'tabs with a header: userId, movieId, title',
  ],
];

function triple(user: string, one: string, other: string): [string, string][] {
  return [
    [user, one],
    [user, other],
  ];
}

const ratings = (separator: string) =>
  Array.from({ length: 12 }, (_, i) => [`${i}`, `${100 + i}`, `${1 + (i % 5)}`].join(separator)).join('\n');

/** Title, content, and the reason of the error. */
const rejected: [string, string | Buffer, string | RegExp][] = [
  ['an empty file', '', 'it is empty'],
  ['a blank file', ' \n\t\n', 'it is empty'],
  ['a header without plays', 'user_id\titem_id\n', 'it has a header and no plays'],
  ['users without items', 'u1\nu2 \n', 'none of its 2 lines names an item'],
  [
    'a byte of Latin-1 in a late line',
    Buffer.from(`${'u a\n'.repeat(900)}caf\xe9 b\n`, 'latin1'),
    'not UTF-8 text (line 901)',
  ],
  ['a byte of Latin-1 in tabs', Buffer.from('u\ta\nv\tcaf\xe9\n', 'latin1'), 'not UTF-8 text (line 2)'],
  ['UTF-16', Buffer.from(`${BOM}u1\ta\n`, 'utf16le'), 'it is UTF-16'],
  ['UTF-16 without a byte-order mark', Buffer.from('u1\ta\n', 'utf16le'), 'it is binary data'],
  ['a byte-order mark in the middle', `u1\ta\n${BOM}u2\ta\n`, 'line 2 has a byte-order mark'],
  ['a gzip archive', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'it is a gzip archive'],
  ['binary data', Buffer.from([1, 2, 0, 3, 9, 10]), 'it is binary data'],
  ['a JSON object', '{\n  "name": "x"\n}\n', 'it is JSON'],
  ['lines of JSON', '{"user": 1, "item": 2}\n{"user": 1, "item": 3}\n', 'it is JSON'],
  ['HTML', '<!DOCTYPE html>\n<html></html>\n', 'it is XML or HTML'],
  ['comments', '# user item\n1 2\n', 'its first line is a comment'],
  ['CSV', 'userId,movieId,rating,timestamp\n1,2,5,100\n', 'separated by commas'],
  ['CSV with spaces', 'userId, movieId, rating\n1, 2, 5\n', 'separated by commas'],
  ['CSV without a header', '1,2,5,100\n1,3,4,101\n', 'separated by commas'],
  ['semicolons', '1;2;5\n', 'separated by semicolons'],
  ['ratings.dat of MovieLens', '1::1193::5::978300760\n', 'separated by ::'],
  ['a user on two lines of lists', 'u1 a b\n\nu2 c\nu1 d\n', 'line 4 has the same user as line 1, u1'],
  ['user item rating by spaces', ratings(' '), 'user item rating'],
  ['fractions as ratings by spaces', '1 2 3.5\n2 2 4.0\n', 'user item rating'],
  ['user item rating time by spaces', '1 242 3 881250949\n2 302 3 891717742\n', 'user item rating time'],
  ['user item time by spaces', '1 242 881250949\n2 302 891717742\n', 'user item time'],
  ['a header over lists', 'user_id item_id\n1 2 3\n', 'line 1 is a header'],
  ['a header of unknown names over lists', 'who what\n1 2 3\n2 3\n', 'line 1 is a header'],
  ['a tab within lists', 'u1 a\nu2 b\tc\n', 'line 2 has a tab'],
  ['a header of unknown names', 'foo\tbar\n1\t2\n2\t3\n', /line 1 looks like a header.*foo, bar/],
  ['a header without a user', 'item_id:token\tmovie_title:token_seq\n1\tx\n', 'names no user column'],
  ['a header that names a column twice', 'user_id\titem_id\titem_id\n1\t2\t3\n', 'names item_id twice'],
  ['a header that is repeated', 'user_id\titem_id\n1\t2\nuser_id\titem_id\n2\t3\n', 'line 3 repeats the header'],
  ['five columns without a header', '1\t2\t3\t4\t5\n', '5 columns and no header'],
  ['a time in place of the rating', '1\t2\t978300760\n1\t3\t978300761\n', 'looks like a time'],
  ['a rating that is not a number', '1\t2\tgood\n1\t3\tbad\n', 'the rating good'],
  ['items by spaces after a tab', '1\t10 20 30\n2\t10\n', 'several items after one tab'],
  ['lines of other widths', 'u\ti\t1\t1\n\nu\ti\n', 'line 3 has 2 columns. Expected 4 columns'],
  ['a time that is not a number', 'u\ti\t1\tnoon\n', 'line 1 has the time noon'],
  ['an infinite time', 'u\ti\t1\tinf\n', 'the time inf'],
  ['a missing time', 'u\ti\t1\t1\nu\tj\t1\t\n', 'line 2 has no time'],
  ['a missing item', 'u\ti\t1\t1\nu\t\t1\t1\n', 'line 2 lacks a user or an item'],
];

/** Title, times of one kind in a mixed order, and their ranks. The order of the strings differs from that of the times. */
const times: [string, readonly string[], readonly number[]][] = [
  ['seconds', ['978300761', '978300760', '978300762', '978300760'], [1, 0, 2, 0]],
  ['nanoseconds', ['1700000000000000002', '1700000000000000001', '1700000000000000003'], [1, 0, 2]],
  ['integers beyond 64 bits', ['170000000000000000000000000002', '170000000000000000000000000001'], [1, 0]],
  ['fractions of a second', ['1593877838.9', '1593877838.10', '1593877838.5', '1593877838.50'], [2, 0, 1, 1]],
  ['nanoseconds as fractions', ['1593877838.000000002', '1593877838.000000001'], [1, 0]],
  ['times scaled to 0 to 1', ['0.75', '0', '1', '0.5', '1.0'], [2, 0, 3, 1, 3]],
  ['negative times', ['-0.5', '-3', '2', '-0.25'], [1, 0, 3, 2]],
  ['exponents', ['1.7e9', '17e8', '1.7000000001e9', '+5'], [1, 1, 2, 0]],
];

const testPairs = 'u,1\ta\nu2\tb\n';
/** Title, content, and the negatives of both lines or the reason of the error. */
const negatives: [string, string | Buffer, readonly string[] | string][] = [
  ['tabs', '(u,1,a)\tx\ty\n(u2,b)\ty\tz\n', ['x', 'y', 'y', 'z']],
  ['a byte-order mark', `${BOM}(u,1,a)\tx\n(u2,b)\tz\n`, ['x', 'z']],
  ['blank lines, Windows line ends and tabs at line ends', '\r\n(u,1,a)\tx\t\r\n\r\n(u2,b)\tz\r\n', ['x', 'z']],
  ['a byte of Latin-1', Buffer.from('(u,1,a)\tx\n(u2,b)\t\xe9\n', 'latin1'), 'not UTF-8 text (line 2)'],
  ['lines without a pair', 'u,1\ta\tx\nu2\tb\tz\n', 'line 1 does not begin with (user,item)'],
  ['lines about other pairs', '(u,1,a)\tx\n\n(u2,a)\tz\n', 'line 3 is for (u2,a), and the test file has (u2,b)'],
  ['too few lines', '(u,1,a)\tx\n', 'it has 1 lines for 2 plays'],
  ['too many lines', '(u,1,a)\tx\n(u2,b)\tz\n(u2,b)\tz\n', 'it has 3 lines for 2 plays'],
  ['lines of other lengths', '(u,1,a)\tx\ty\n(u2,b)\tz\n', 'line 2 has 1 items after the pair, and line 1 has 2'],
  ['lines without items', '(u,1,a)\n(u2,b)\n', 'line 1 has no items'],
  ['an item without a name', '(u,1,a)\tx\ty\n(u2,b)\t\tz\n', 'line 2 has an item without a name'],
];

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('the reader of plays', () => {
  let folder: string;
  const found = new Map<string, Read>();
  const read = (name: string) => found.get(name) as Read;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-formats-'));
    const files: [string, string | Buffer][] = [
      ...accepted.map(([name, content]): [string, string] => [name, content]),
      ...rejected.map(([name, content]): [string, string | Buffer] => [name, content]),
      ...times.map(([name, of]): [string, string] => [name, of.map((time, i) => `u\ti${i}\t1\t${time}\n`).join('')]),
    ];
    const paths = files.map((_, i) => join(folder, `${i}.txt`));
    const test = join(folder, 'test.tsv');
    await writeFile(test, testPairs);
    for (const [i, [name, content]] of negatives.entries()) {
      files.push([`negatives: ${name}`, content]);
      paths.push(join(folder, `negatives-${i}.txt`));
    }
    await Promise.all(files.map(([, content], i) => writeFile(paths[i] as string, content)));
    const python = join(await sharedTrainer(), 'venv/bin/python');
    const script = join(import.meta.dirname, 'read_files.py');
    const { stdout, tail } = await run(
      python,
      [script, ...paths.map((path) => (path.includes('negatives-') ? `${path}:${test}` : path))],
      { env: { PYTHONPATH: TRAINER_PACKAGE } },
    );
    const lines = stdout.trimEnd().split('\n');
    expect(lines, tail.join('\n')).toHaveLength(files.length);
    for (const [i, [name]] of files.entries()) found.set(name, JSON.parse(lines[i] as string) as Read);
  }, 10 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  describe('accepts', () => {
    it.each(accepted)('%s', (name, _, form, plays = plain) => {
      expect(read(name)).toMatchObject({ form, plays });
    });
  });

  describe('rejects', () => {
    it.each(rejected)('%s', (name, _, why) => {
      const { error } = read(name);
      expect(error?.what).toMatch(/\.txt cannot be read$/);
      expect(error?.why).toMatch(why);
      expect(error?.fix).toBeTruthy();
    });
  });

  describe('handles negatives:', () => {
    it.each(negatives)('%s', (name, _, expected) => {
      const { negatives: items, error } = read(`negatives: ${name}`);
      if (typeof expected === 'string') expect(error?.why).toMatch(expected);
      else expect(items, error?.why).toEqual(expected);
    });
  });

  describe('preserves the order of', () => {
    it.each(times)('%s', (name, _, ranks) => {
      expect(read(name).times).toEqual(ranks);
    });
  });
});
