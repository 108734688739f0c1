import { z } from 'zod';
import type { ExploreSlate, ListedExploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import { SlateItem } from '#domain/events/exposure-schemas.ts';
import { type FunctionStatus, type Supervised, superviseFunction } from './fall-back-to-reference.ts';
import type { ContainedFunction } from './function-in-own-process-types.ts';

export interface LearnersExploration extends Disposable {
  readonly exploreSlate: ExploreSlate;
  readonly status: () => FunctionStatus;
}

type Call = readonly [slate: readonly SlateTitle[], exploration: ListedExploration];
type Explored = Supervised<readonly SlateItem[]>;

/**
 * Explores slates with the learner's `explore`. If a call fails, or returns anything but a slate of allowed titles, the
 * reference explores the slate. If the function fails too often, the reference takes over.
 */
export function exploreWithLearnersCode(
  contained: ContainedFunction,
  onStatus: (status: FunctionStatus) => void,
): LearnersExploration {
  const supervised = superviseFunction<readonly SlateItem[]>({
    ...{ name: 'explore', contained, onStatus },
    parse: (value, args) => parseExplored(value, args as unknown as Call),
  });
  const explore = oneBatchPerTurn(supervised.call);
  return {
    exploreSlate: (slate, exploration) => {
      if (!supervised.isInUse()) return undefined;
      return explore([slate.map(({ titleId, score, source }) => ({ titleId, score, source })), exploration()]);
    },
    status: supervised.status,
    [Symbol.dispose]: () => supervised[Symbol.dispose](),
  };
}

/** Sends all calls of one turn of the event loop as one batch, because requests arrive concurrently. */
function oneBatchPerTurn(send: (batch: readonly Call[]) => Promise<readonly Explored[]>) {
  let waiting: Call[] = [];
  let sent: Promise<readonly Explored[]> | undefined;
  const flush = async (): Promise<readonly Explored[]> => {
    await new Promise((resolve) => void setImmediate(resolve));
    const batch = waiting;
    waiting = [];
    sent = undefined;
    return await send(batch);
  };
  return async (call: Call): Promise<readonly SlateItem[] | undefined> => {
    const index = waiting.push(call) - 1;
    sent ??= flush();
    const result = (await sent)[index];
    return result && 'value' in result ? result.value : undefined;
  };
}

const Items = z.array(SlateItem);

/** Checks a result: one title per position, each once, from the slate or the pool. */
export function parseExplored(
  value: unknown,
  [slate, { titleIds, excluded }]: Call,
): { readonly value: readonly SlateItem[] } | { readonly failure: string } {
  const parsed = Items.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { failure: `returned no slate (${issue?.path.join('.') || 'value'}: ${issue?.message})` };
  }
  const items = parsed.data;
  if (items.length !== slate.length) return { failure: `returned ${items.length} titles instead of ${slate.length}` };
  if (items.some(({ position }, i) => position !== i + 1)) return { failure: 'returned wrong positions' };
  if (new Set(items.map(({ titleId }) => titleId)).size < items.length) return { failure: 'returned a title twice' };
  const not = new Set(excluded);
  const allowed = new Set([...slate.map(({ titleId }) => titleId), ...titleIds.filter((titleId) => !not.has(titleId))]);
  const other = items.find(({ titleId }) => !allowed.has(titleId));
  return other ? { failure: `returned ${other.titleId}, which is not allowed` } : { value: items };
}
