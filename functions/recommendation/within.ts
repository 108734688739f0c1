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
export const within = <Result>(stage: string, milliseconds: number, promise: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlinePassed(stage, milliseconds)), milliseconds);
    promise.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
