import { BrickError } from '#domain/errors.ts';

export class DeadlinePassed extends BrickError {
  override readonly code = 'BRICK_DEADLINE_PASSED';
  override readonly retryable = true;
  constructor(stage: string, milliseconds: number) {
    super({
      what: `${stage} took more than ${Math.round(milliseconds)} ms`,
      why: 'the machine is busy or a store is slow',
      fix: 'Look at the latency of the stores, or add capacity',
    });
  }
}

/** The promise's result, if it comes in time. @throws DeadlinePassed */
export async function within<Result>(stage: string, milliseconds: number, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(stage, milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
