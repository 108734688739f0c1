import { type PortsEnding, type PortsProcess, PortsProcessEnded } from '../process/ports-process.ts';
import type { PortCall, Turn } from '../process/protocol.ts';

/** Performs a call of a port. Its error becomes the error of the call in the learner's code. */
export type ServePort = (port: string, args: readonly unknown[]) => Promise<unknown>;

export interface PortsCall {
  /** May contain port() and clockAt(). */
  readonly args: readonly unknown[];
  readonly serve: ServePort;
  /** Milliseconds until the call is abandoned. */
  readonly milliseconds: number;
  /** Whether a simulated crash ended the code in its last call of a port. @default - it never crashes */
  readonly isKilled?: () => boolean;
}

/** How a call of the learner's function ended. */
export type PortsCallEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly message: string }
  /** The function waits for something that never happens. */
  | { readonly kind: 'silent' }
  /** A promise was rejected that nothing awaited. */
  | { readonly kind: 'unhandled'; readonly message: string }
  /** The function calls ports again and again. */
  | { readonly kind: 'flood'; readonly calls: number }
  /** A port took too long. */
  | { readonly kind: 'late' }
  | { readonly kind: 'killed' }
  | { readonly kind: 'ended'; readonly ending: PortsEnding }
  /** No process could be started, or the function was replaced. */
  | { readonly kind: 'not-called'; readonly ending?: PortsEnding };

/** Maximum number of port calls during one call of the function. */
const MAX_CALLS = 2_000;

/**
 * Calls the function, and performs its calls of ports one at a time, in the order in which it made them. Once the
 * function has returned, the calls that it did not await are dropped, as in a process that is frozen after its
 * response.
 *
 * @throws PortsProcessEnded
 */
export async function runCall(
  process: PortsProcess,
  instance: number,
  invocation: number,
  { args, serve, milliseconds, isKilled = () => false }: PortsCall,
): Promise<PortsCallEnd> {
  const until = performance.now() + milliseconds;
  const inTime = <T>(work: Promise<T>) => withTimeout(work, until - performance.now());
  const open: PortCall<unknown>[] = [];
  let turn: Turn<unknown> | undefined = await inTime(process.invoke(instance, invocation, args));
  for (let calls = 1; ; calls++) {
    if (!turn) return { kind: 'ended', ending: { kind: 'killed', why: 'time' } };
    const end = endOf(turn, invocation);
    if (end) return end;
    open.push(...turn.calls.filter((call) => call.invocation === invocation));
    const next = open.shift();
    if (!next) return { kind: 'silent' };
    if (calls > MAX_CALLS) return { kind: 'flood', calls: MAX_CALLS };
    const result = await inTime(served(serve, next));
    if (!result) return { kind: 'late' };
    if (isKilled()) return { kind: 'killed' };
    turn = await inTime(
      'error' in result
        ? process.reject(instance, next.call, messageOf(result.error))
        : process.answer(instance, next.call, result.value),
    );
  }
}

function endOf({ ends, unhandled }: Turn<unknown>, invocation: number): PortsCallEnd | undefined {
  if (unhandled) return { kind: 'unhandled', message: unhandled.message };
  const end = ends.find((each) => each.invocation === invocation);
  return (
    end && (end.kind === 'returned' ? { kind: end.kind, value: end.value } : { kind: end.kind, message: end.message })
  );
}

async function served(
  serve: ServePort,
  { port, args }: PortCall<unknown>,
): Promise<{ value?: unknown; error?: unknown }> {
  try {
    return { value: await serve(port, args) };
  } catch (error) {
    return { error };
  }
}

const MAX_MESSAGE = 500;
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);

/** Returns the result, or undefined if it takes too long. */
export async function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // If the process ends later, nothing waits for this result any more.
    work.catch((error: unknown) => void (error instanceof PortsProcessEnded));
  }
}
