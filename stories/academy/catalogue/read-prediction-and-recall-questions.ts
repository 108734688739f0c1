import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { StepSummary } from './list-steps-and-find-files.ts';

const RecallQuestion = z.strictObject({ question: z.string().min(1), answer: z.string().min(1), from: z.string() });

/** Content of a step's questions.yml. */
export const Questions = z.strictObject({
  /** What learners predict before the first live check. */
  prediction: z.strictObject({
    question: z.string().min(1),
    choices: z.array(z.string().min(1)).min(2).optional(),
    answer: z.union([z.number(), z.string().min(1)]),
    unit: z.string().optional(),
    why: z.string().min(1),
  }),
  /** Questions about earlier steps. */
  recall: z.array(RecallQuestion).length(2),
});
export type Questions = z.infer<typeof Questions>;

/** Returns the path of a step's questions. */
export const questionsFileOf = ({ folder }: Pick<StepSummary, 'folder'>): string => join(folder, 'questions.yml');

/** Reads the questions of a step. @throws ZodError if the file has another form */
export const questionsOf = (step: Pick<StepSummary, 'folder'>): Questions =>
  Questions.parse(parse(readFileSync(questionsFileOf(step), 'utf8')));

/** Returns the question about the result of a step's live check, with its choices or its unit. */
export function predictionText(step: Pick<StepSummary, 'folder'>): string {
  const { question, choices, unit } = questionsOf(step).prediction;
  const form = choices ? ` (${choices.join(' · ')})` : unit ? ` (${unit})` : '';
  return `${question.trim()}${form}`;
}
