import { text } from 'node:stream/consumers';
import { sqlComments } from '../sql-rules.ts';
import { typescriptComments } from '../typescript-rules.ts';

// Reads a runner's name and a program from standard input, and writes the comments. A native parser can crash on deeply
// nested text, so it runs in a separate process.
const { runner, program } = JSON.parse(await text(process.stdin)) as {
  readonly runner: string;
  readonly program: string;
};
const comments =
  runner === 'sql' ? await sqlComments(program) : typescriptComments(program, { isPure: runner === 'function' });
process.stdout.write(JSON.stringify(comments));
