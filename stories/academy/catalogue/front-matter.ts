import { parse } from 'yaml';
import { z } from 'zod';

/** Kinds of exercises. Each has a runner, which runs the learner's file in confinement. */
export const RUNNERS = ['function', 'ports', 'sql', 'python', 'rules', 'asl', 'cdk', 'diagnosis'] as const;

const MAX_MINUTES = 60;
const name = z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, 'use lower-case words with hyphens');
const concepts = z.array(z.string().min(1)).describe('concepts, in the words of the glossary');

/** Front matter of a step's README.md. */
export const FrontMatter = z.strictObject({
  title: z.string().min(1),
  minutes: z.int().min(1).max(MAX_MINUTES).describe('time that a learner needs'),
  needs: concepts,
  gives: concepts,
  seams: z
    .array(
      z.strictObject({
        name: name.describe('key in workspace/seams.json'),
        file: z
          .string()
          .regex(/^[\w.-]+$/)
          .describe("the learner's file"),
        runner: z.enum(RUNNERS),
      }),
    )
    .min(1),
});
export type FrontMatter = z.infer<typeof FrontMatter>;

const BLOCK = /^---\n(.*?)\n---\n/s;

/**
 * Reads the front matter of a page.
 *
 * @throws Error, which names the field, if it is missing or wrong
 */
export function readFrontMatter(page: string, path: string): FrontMatter {
  const block = BLOCK.exec(page)?.[1];
  if (block === undefined) throw new Error(`${path} does not begin with front matter between two lines of ---`);
  const result = FrontMatter.safeParse(parse(block));
  if (result.success) return result.data;
  throw new Error(`the front matter of ${path} is wrong: ${z.prettifyError(result.error)}`);
}

/** Returns the page without its front matter, as learners read it. */
export const withoutFrontMatter = (page: string): string => page.replace(BLOCK, '').trimStart();
