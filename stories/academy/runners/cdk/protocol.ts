import { z } from 'zod';
import type { Json } from '#domain/core/json-value-types.ts';
import type { Script } from '../../confinement/function/message-types.ts';

/** One synthesis of a stack. */
export interface Synthesis {
  /** Arguments of the fixture's function `build`, after the learner's function. */
  readonly args: readonly Json[];
  /** Time of the synthesis, UTC epoch milliseconds. */
  readonly now: number;
  /** Whether the stack is built without the learner's construct, for comparison. @default false */
  readonly baseline?: boolean;
}

export interface Request {
  readonly token: string;
  /** Folder that contains the CDK's packages. */
  readonly packages: string;
  readonly learner: Script;
  /** Name of the learner's function. */
  readonly name: string;
  /** Code of the step that exports `build`. */
  readonly fixture: Script;
  readonly syntheses: readonly Synthesis[];
}

const Thrown = { message: z.string(), stack: z.string() };

/** One line of the confined process. */
export const Report = z.discriminatedUnion('kind', [
  /** The CDK was loaded. */
  z.object({ kind: z.literal('started') }),
  z.object({ kind: z.literal('load-failed'), ...Thrown }),
  z.object({ kind: z.literal('not-a-function'), type: z.string(), exported: z.array(z.string()) }),
  z.object({ kind: z.literal('template'), template: z.record(z.string(), z.json()) }),
  z.object({ kind: z.literal('threw'), ...Thrown }),
]);
export type Report = z.infer<typeof Report>;
