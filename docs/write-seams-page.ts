import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SEAMS, type Seam } from '../functions/platform/seams.ts';

const TITLES: Readonly<Record<string, string>> = {
  '01': 'Collection',
  '02': 'Features',
  '03': 'Training',
  '04': 'Recommendation',
  '05': 'Monitoring',
  '06': 'Orchestration',
};

const INTRODUCTION = `# Seams

A [seam](glossary.md#seam) is a function or a file that learners write themselves in a step of the [story](../stories/README.md). The tables
list all seams of the reference implementation. Production uses all of these files, with one exception that the table notes. For instance,
\`POST /v1/events\` calls the function \`validateBatch\`. Each seam has its own file with one export. The comment in the file states what the
seam decides, its units, and what it must never do.

\`npm run seams\` generates this page from [functions/platform/seams.ts](../functions/platform/seams.ts). The test
[test/functions/production-runs-and-replaces-seams.test.ts](../test/functions/production-runs-and-replaces-seams.test.ts) checks for each seam that it is defined once and that production uses it.
For the TypeScript seams of bricks 01, 02, 04, 05 and 06, the test also replaces the function and checks that the result changes.
`;

/** Returns docs/seams.md. */
export function seamsPage(seams: readonly Seam[]): string {
  const bricks = Object.entries(Object.groupBy(seams, ({ step }) => step.slice(0, 2)));
  const tables = bricks.map(([brick, rows = []]) => `\n## ${brick} ${TITLES[brick]}\n\n${table(rows)}\n`);
  return `${INTRODUCTION}${tables.join('')}`;
}

function table(rows: readonly Seam[]): string {
  const cells = rows.map(({ step, name, kind, file, signature, unused = '' }) => {
    const seam = name === basename(file) ? `\`${name}\`` : `\`${callOf(name, signature)}\``;
    const details = name === basename(file) ? signature : unused;
    return [step, seam, kind, `[${basename(file)}](../${file})`, details];
  });
  const hasDetails = cells.some(([, , , , details]) => details !== '');
  const header = ['step', 'seam', 'kind', 'file', 'content or note'];
  const lines = [header, header.map(() => '---'), ...cells];
  return lines.map((line) => `| ${line.slice(0, hasDetails ? header.length : -1).join(' | ')} |`).join('\n');
}

/** Returns the call of a seam; the signature of a method starts with its name: `NeuMf.forward(users, items)`. */
const callOf = (name: string, signature: string): string =>
  signature.startsWith('(') ? `${name}${signature}` : `${name}.${signature}`;

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'seams.md'), seamsPage(SEAMS));
