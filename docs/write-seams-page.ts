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

A [seam](glossary.md#seam) is a function or a file of the reference implementation that learners write themselves in a step of the
[story](../stories/README.md). Production runs exactly these: \`validateBatch\` below is the function that \`POST /v1/events\` calls. A seam
has its own file with one export, and its comment states what it decides, its units, and what it must never do.

\`npm run seams\` writes this page from [functions/platform/seams.ts](../functions/platform/seams.ts). The test
[test/functions/seams.test.ts](../test/functions/seams.test.ts) proves for each seam that production runs it: it is defined once, and an
entry point reaches it, or a program reads it. In bricks 01, 02, 04, 05 and 06 the test also replaces each function and observes the
effect.
`;

/** Returns docs/seams.md. */
export function seamsPage(seams: readonly Seam[]): string {
  const bricks = Object.entries(Object.groupBy(seams, ({ step }) => step.slice(0, 2)));
  const tables = bricks.map(([brick, rows = []]) => `\n## ${brick} ${TITLES[brick]}\n\n${table(rows)}\n`);
  return `${INTRODUCTION}${tables.join('')}`;
}

function table(rows: readonly Seam[]): string {
  const cells = rows.map(({ step, name, kind, file, signature, unused = '' }) => {
    const seam = name === basename(file) ? `\`${name}\`` : `\`${name}${signature}\``;
    const details = name === basename(file) ? signature : unused;
    return [step, seam, kind, `[${basename(file)}](../${file})`, details];
  });
  const hasDetails = cells.some(([, , , , details]) => details !== '');
  const header = ['step', 'seam', 'kind', 'file', 'content'];
  const lines = [header, header.map(() => '---'), ...cells];
  return lines.map((line) => `| ${line.slice(0, hasDetails ? header.length : -1).join(' | ')} |`).join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'seams.md'), seamsPage(SEAMS));
