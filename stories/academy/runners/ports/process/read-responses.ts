import { z } from 'zod';
import { AnyFailure, readerOf, Text, Value } from '../../../confinement/function/read-responses.ts';
import type { PortsResponse } from './protocol.ts';

const Index = z.int().nonnegative();
const Thrown = { message: Text, stack: Text };
const Turn = z.object({
  calls: z.array(z.object({ call: Index, invocation: Index, port: Text, args: z.array(Value), stack: Text })),
  ends: z.array(
    z.discriminatedUnion('kind', [
      z.object({ invocation: Index, kind: z.literal('returned'), value: Value }),
      z.object({ invocation: Index, kind: z.literal('threw'), ...Thrown }),
    ]),
  ),
  unhandled: z.object(Thrown).optional(),
  cpuMs: z.number().nonnegative(),
  printed: Text,
});
const Failure = z.discriminatedUnion('kind', [
  ...AnyFailure.options,
  z.object({ kind: z.literal('flood'), calls: Index }),
  z.object({ kind: z.literal('too-large'), described: Text }),
]);

/** Reads one line of the confined process. Returns undefined for a line that the harness did not write. */
export const readPortsResponse = readerOf<PortsResponse>(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['started', 'loaded']) }),
    z.object({ kind: z.literal('turn'), turn: Turn }),
    z.object({ kind: z.literal('failure'), failure: Failure, printed: Text }),
  ]),
);
