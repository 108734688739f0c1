import { z } from 'zod';
import type { QueryMessage } from './message-types.ts';

const Text = z.string().max(10_000);
const Position = z.number().int().nonnegative().optional();
const AnyError = z.object({ type: Text, message: Text, position: Position });

const Outcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('rows'),
    columns: z.array(z.object({ name: Text, type: Text })),
    rows: z.array(z.array(z.unknown())),
  }),
  z.object({ kind: z.literal('error'), error: AnyError }),
  z.object({ kind: z.literal('too-many-rows'), limit: z.number() }),
]);
const AnyRejection = z.discriminatedUnion('why', [
  z.object({ why: z.enum(['empty', 'not-a-select']) }),
  z.object({ why: z.literal('several'), statements: z.number() }),
  z.object({ why: z.enum(['syntax', 'not-in-parentheses']), error: AnyError }),
]);
const AnyMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['started', 'done']) }),
  z.object({ kind: z.literal('rejected'), rejection: AnyRejection }),
  z.object({ kind: z.literal('accepted'), changing: z.array(z.object({ name: Text, position: Position })) }),
  z.object({ kind: z.literal('outcome'), outcome: Outcome, totalCpuMs: z.number().nonnegative() }),
  z.object({ kind: z.literal('hang'), milliseconds: z.number(), cpuMs: z.number().nonnegative() }),
  z.object({ kind: z.literal('too-many-rows'), limit: z.number() }),
  z.object({ kind: z.literal('broken-setup'), message: z.string() }),
]) satisfies z.ZodType<QueryMessage>;

/** Reads one line of the results. Returns undefined for a line without the token, or that violates the protocol. */
export function readMessage(line: string, token: string): QueryMessage | undefined {
  if (!line.startsWith(`${token} `)) return undefined;
  try {
    return AnyMessage.safeParse(JSON.parse(line.slice(token.length + 1))).data;
  } catch {
    return undefined;
  }
}
