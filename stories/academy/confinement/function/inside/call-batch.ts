import { types } from 'node:util';
import type { BatchReported, BatchRequest, Failure, LoadRequest, Response } from '../message-types.ts';
import { decode } from '../values/decode.ts';
import { encode, plainValue, ValueTooLarge } from '../values/encode.ts';
import type { Wire } from '../values/wire-type-and-realm-builtins.ts';
import { respond } from './exchange-json-lines.ts';
import type { LearnerRealm } from './learner-realm.ts';
import type { Loaded } from './load-code.ts';
import type { CallEnd, Thrown } from './realm/execute-learner-code.ts';
import { leftovers } from './report-unhandled-rejection.ts';

/**
 * Milliseconds of calls per turn. Starting a time limit takes longer than a short call, so all calls of a turn share
 * one time limit.
 */
const SLICE_MS = 20;

type Ended = { readonly outcomes: readonly BatchReported<Wire>[]; readonly failure?: Failure };

/**
 * Calls the function once per list of arguments, and reports the outcomes in slices.
 *
 * @returns why the batch ended early
 */
export async function callBatch(
  { realm, target, helpers }: Loaded,
  { calls, singly, through }: BatchRequest,
  { token, limits }: LoadRequest,
): Promise<Failure | undefined> {
  const helper = through === undefined ? undefined : helpers.get(through);
  const first: readonly unknown[] = helper ? [target] : [];
  const argLists = calls.map((args) => [...first, ...args.map((arg) => decode(arg, realm.builtins))]);
  let one = singly;
  for (let from = 0; from < calls.length; ) {
    realm.callEach(helper ?? target, argLists, from, one ? 0 : SLICE_MS);
    const ended = await slice(realm, limits);
    // Nobody reads these records, which would fill the memory of a long-lived process.
    realm.takeHelperCalls();
    if (ended === 'unclear' && !one) {
      // A promise that the code left behind was rejected. The calls are repeated one by one, to find the call that left
      // the promise behind.
      one = true;
      continue;
    }
    const { outcomes, failure } = ended === 'unclear' ? { outcomes: [REJECTION] } : ended;
    const changed = realm.changedBuiltin();
    if (changed) return { kind: 'pollution', ...changed };
    from += outcomes.length;
    respond<Response>(token, { kind: 'outcomes', outcomes, printed: realm.takePrinted() });
    if (failure) return failure;
  }
  return undefined;
}

const REJECTION = { kind: 'threw', message: 'an unhandled rejection of a promise', stack: '' } as const;

/** Runs one turn of calls. `unclear`: it is not known which call left a rejected promise behind. */
async function slice(realm: LearnerRealm, limits: LoadRequest['limits']): Promise<Ended | 'unclear'> {
  const end = realm.turn(limits.call + SLICE_MS);
  const isPending = realm.status() === 'pending';
  const left = await leftovers(realm, limits.call);
  const hang = { kind: 'hang', milliseconds: limits.call, cpuMs: end.cpuMs } as const;
  const ends = realm.takeCallEnds();
  // If the time ended after all calls, in microtasks that they left behind, no call is known to be the cause.
  if (end.kind === 'interrupted' && !isPending && ends.length > 1) return { outcomes: [], failure: hang };
  const outcomes = Array.from({ length: ends.length }, (_, i) =>
    outcomeOf(realm, plainValue(ends, i) as CallEnd, limits),
  );
  if (end.kind === 'interrupted')
    return { outcomes: isPending ? [...outcomes, hang] : outcomes.map(() => hang), failure: hang };
  if (end.kind === 'threw') return { outcomes: [...outcomes, { kind: 'threw', message: end.message, stack: '' }] };
  if (left && !outcomes.some(({ kind }) => kind === 'promise')) return 'unclear';
  return { outcomes };
}

function outcomeOf(
  { builtins }: LearnerRealm,
  end: CallEnd,
  { resultCharacters }: LoadRequest['limits'],
): BatchReported<Wire> {
  const thrown = plainValue(end, 'thrown') as Thrown | undefined;
  if (thrown) return { kind: 'threw', message: `${thrown.message}`, stack: `${thrown.stack}` };
  const value = plainValue(end, 'value');
  if (types.isPromise(value)) return { kind: 'promise' };
  try {
    return { kind: 'returned', value: encode(value, builtins, resultCharacters) };
  } catch (error) {
    if (error instanceof ValueTooLarge) return { kind: 'unusable', described: error.message };
    throw error;
  }
}
