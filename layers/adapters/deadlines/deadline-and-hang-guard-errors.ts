import { BrickError } from '#domain/core/brick-error.ts';
import { SECOND } from '#domain/core/time.ts';

export class DeadlinePassed extends BrickError {
  override readonly code = 'BRICK_DEADLINE_PASSED';
  override readonly retryable = true;
  constructor(stage: string, milliseconds: number) {
    super({
      what: `${stage} took more than ${Math.round(milliseconds)} ms`,
      why: 'the machine is busy or a store is slow',
      fix: 'Check the latency of the stores, or add capacity',
    });
  }
}

/** The hang guard of a simulated run stopped work that did not finish. */
export class HangGuardFired extends BrickError {
  override readonly code = 'BRICK_HANG_GUARD_FIRED';
  override readonly retryable = true;
  constructor(stage: string, milliseconds: number) {
    super({
      what: `${stage} did not finish within ${Math.round(milliseconds / SECOND)} s of real time`,
      why: 'the code or a store hangs, or the computer was asleep',
      fix: 'Fix the code that hangs and run the simulation again',
    });
  }
}

export class RunHung extends BrickError {
  override readonly code = 'BRICK_RUN_HUNG';
  constructor(times: number) {
    super({
      what: `the simulated run has no valid result, because ${times} requests or function calls hung and were stopped`,
      why: 'code or a store hung for more than 30 s of real time, or the computer was asleep',
      fix: 'Fix the code that hangs and run the simulation again',
    });
  }
}
