import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { programOf, type Step } from '../catalogue/list-steps-and-find-files.ts';

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** A misconception: the solution with a change, and what the mentor says about it. */
export const Mutant = z
  .strictObject({
    rejectedBy: z.string().min(1).describe('the requirement that must reject it, in its own words'),
    concept: z.string().min(1),
    mentor: z.string().min(1).describe("the mentor's words, without code"),
    shows: z
      .string()
      .min(1)
      .refine(isRegExp, 'is no regular expression')
      .optional()
      .describe('regular expression that a shown result must match before the mentor names this misconception'),
    change: z
      .array(z.strictObject({ replace: z.string().min(1), with: z.string() }))
      .min(1)
      .optional(),
    source: z.string().min(1).optional(),
  })
  .refine(({ change, source }) => (change === undefined) !== (source === undefined), 'give either change or source');
export type Mutant = z.infer<typeof Mutant>;

export interface NamedMutant extends Mutant {
  /** Such as trusts-client-clocks. */
  readonly name: string;
  /** The complete program. */
  readonly program: string;
  /** Other programs with the same misconception, whose failures are not recorded. */
  readonly spellings: readonly string[];
}

/** Returns the mutants of a step. @throws Error, which names the file, if one is wrong */
export function mutantsOf(step: Pick<Step, 'folder'>): NamedMutant[] {
  const solution = programOf(step, 'solution');
  return globSync('mutants/*.yml', { cwd: step.folder })
    .sort()
    .map((file) => {
      const path = join(step.folder, file);
      const result = Mutant.safeParse(parse(readFileSync(path, 'utf8')));
      if (!result.success) throw new Error(`${path} is wrong: ${z.prettifyError(result.error)}`);
      const name = basename(file, '.yml');
      const program = result.data.source ?? changed(solution, result.data.change ?? [], path);
      return { ...result.data, name, program, spellings: filesIn(join(step.folder, 'mutants', `${name}.spellings`)) };
    });
}

function changed(solution: string, changes: NonNullable<Mutant['change']>, path: string): string {
  return changes.reduce((text, { replace, with: by }) => {
    const parts = text.split(replace);
    if (parts.length !== 2)
      throw new Error(`${path}: the solution contains “${replace}” ${parts.length - 1} times, not once`);
    return parts.join(by);
  }, solution);
}

/** Returns the other correct solutions of a step, by name. */
export function variantsOf({ folder }: Pick<Step, 'folder'>): ReadonlyMap<string, string> {
  const variants = join(folder, 'variants');
  const names = existsSync(variants) ? readdirSync(variants).sort() : [];
  return new Map(names.map((name) => [name.slice(0, name.indexOf('.')), readFileSync(join(variants, name), 'utf8')]));
}

const filesIn = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder).sort() : []).map((name) => readFileSync(join(folder, name), 'utf8'));
