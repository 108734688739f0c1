import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { withoutFrontMatter } from '../catalogue/front-matter.ts';
import { hintsOf, programOf, type Step } from '../catalogue/list-steps-and-find-files.ts';
import { Questions, questionsFileOf } from '../catalogue/read-prediction-and-recall-questions.ts';
import { mutantsOf, variantsOf } from './read-mutants-and-variants.ts';

const HINTS = 3;
const VARIANTS = 3;
const MUTANTS = { least: 3, most: 5 };
const SPELLINGS = 2;
const WORDS = { open: { least: 200, most: 400 }, mentor: 60 };
/** Minimum length of a line that identifies a solution, in characters without spaces. */
const DISTINCTIVE = 30;

/** Returns the faults of a step, one sentence per missing or invalid part. */
export function lintStep(step: Step): string[] {
  return [...lintPage(step), ...lintQuestions(step), ...lintPrograms(step), ...leakedLines(step)];
}

function lintPage(step: Step): string[] {
  const page = withoutFrontMatter(readFileSync(join(step.folder, 'README.md'), 'utf8'));
  const open = page.replaceAll(/<details>.*?<\/details>/gs, '').replaceAll(/```.*?```/gs, '');
  const words = open.split(/\s+/).filter((word) => /\w/.test(word)).length;
  const { least, most } = WORDS.open;
  return [
    ...(words < least || words > most
      ? [`README.md: the open screen has ${words} words, not ${least} to ${most}`]
      : []),
    ...(page.includes('<details>') ? [] : ['README.md: no collapsed background']),
    ...(hintsOf(step).length === HINTS ? [] : [`hints.md: ${hintsOf(step).length} hints, not ${HINTS}`]),
  ];
}

function lintQuestions(step: Step): string[] {
  const path = questionsFileOf(step);
  if (!existsSync(path)) return ['questions.yml: missing'];
  const result = Questions.safeParse(parse(readFileSync(path, 'utf8')));
  if (!result.success) return [`questions.yml: ${z.prettifyError(result.error)}`];
  const { choices, answer } = result.data.prediction;
  if (choices && !choices.includes(String(answer))) return ['questions.yml: the answer is not one of the choices'];
  return [];
}

function lintPrograms(step: Step): string[] {
  const mutants = mutantsOf(step);
  const variants = variantsOf(step).size;
  return [
    ...(variants >= VARIANTS ? [] : [`variants/: ${variants}, at least ${VARIANTS} are needed`]),
    ...(mutants.length >= MUTANTS.least && mutants.length <= MUTANTS.most
      ? []
      : [`mutants/: ${mutants.length}, not ${MUTANTS.least} to ${MUTANTS.most}`]),
    ...mutants.flatMap(({ name, mentor, spellings }) => [
      ...(mentor.split(/\s+/).length <= WORDS.mentor ? [] : [`mutants/${name}.yml: the mentor says too much`]),
      ...(spellings.length >= SPELLINGS ? [] : [`mutants/${name}.spellings/: ${spellings.length}, not ${SPELLINGS}`]),
    ]),
  ];
}

/** Finds distinctive lines of the solution, which the exercise does not contain, in everything that learners read. */
function leakedLines(step: Step): string[] {
  const squeezed = (text: string) => text.replaceAll(/\s+/g, '');
  const given = squeezed(programOf(step, 'exercise'));
  const distinctive = programOf(step, 'solution')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !/^(\/\/|\*|\/\*|#|--|import\b|from\b)/.test(line))
    .filter((line) => squeezed(line).length >= DISTINCTIVE && !given.includes(squeezed(line)));
  const texts: [string, string][] = [
    // The last hint is a Parsons problem, which shows the lines of a common solution, shuffled and with a wrong one.
    ...hintsOf(step)
      .slice(0, -1)
      .map((hint, index): [string, string] => [`hint ${index + 1}`, hint]),
    ...['README.md', 'questions.yml'].flatMap((name): [string, string][] => {
      const path = join(step.folder, name);
      return existsSync(path) ? [[name, readFileSync(path, 'utf8')]] : [];
    }),
    ...mutantsOf(step).map(({ name, mentor }): [string, string] => [
      `the mentor's words in mutants/${name}.yml`,
      mentor,
    ]),
  ];
  return texts.flatMap(([name, text]) =>
    distinctive
      .filter((line) => squeezed(text).includes(squeezed(line)))
      .map((line) => `${name}: contains a line of the solution: ${line}`),
  );
}
