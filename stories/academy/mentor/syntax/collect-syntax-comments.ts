import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { StepSummary } from '../../catalogue/list-steps-and-find-files.ts';
import type { SyntaxComment } from './syntax-comment-and-line-of-offset.ts';

/** Longest program, in characters. */
const MAX_LENGTH = 100_000;
const TIMEOUT_MS = 10_000;
const MAX_COMMENTS = 5;
const INSIDE = join(import.meta.dirname, 'inside');

const Comments = z.array(z.object({ rule: z.string(), line: z.int().min(1), says: z.string() }));

/**
 * Returns remarks on the form of a learner's program, which is parsed and not run. Remarks do not change the result of
 * a check, because a correct program may get one, too. Returns no remarks for a language without rules, or if the
 * program cannot be parsed.
 */
export async function syntaxComments(
  { seams: [seam] }: Pick<StepSummary, 'seams'>,
  program: string,
): Promise<readonly SyntaxComment[]> {
  if (program.length > MAX_LENGTH) return [];
  switch (seam?.runner) {
    case 'function':
    case 'ports':
    case 'cdk':
    case 'sql': {
      const args = ['--max-old-space-size=256', '--no-warnings', join(INSIDE, 'main.ts')];
      return await commentsOf(process.execPath, args, JSON.stringify({ runner: seam.runner, program }));
    }
    case 'python':
      return await commentsOf('python3', ['-I', join(INSIDE, 'python_rules.py')], program);
    default:
      return [];
  }
}

/** Runs one of our programs, which writes comments. If the program fails, returns no comments. */
async function commentsOf(command: string, args: readonly string[], input: string): Promise<readonly SyntaxComment[]> {
  const child = spawn(command, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined);
  const failed = new Promise<string>((resolve) => child.once('error', () => resolve('')));
  child.stdin.end(input);
  const output = await Promise.race([text(child.stdout), failed]);
  try {
    return Comments.parse(JSON.parse(output)).slice(0, MAX_COMMENTS);
  } catch {
    return [];
  }
}
