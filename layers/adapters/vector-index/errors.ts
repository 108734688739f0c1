import { BrickError } from '#domain/core/errors.ts';

export class WrongDimensions extends BrickError {
  override readonly code = 'BRICK_WRONG_DIMENSIONS';
  constructor(given: number, wanted: number) {
    super({
      what: `a vector of ${given} numbers met an index of ${wanted} dimensions`,
      why: 'the vector and the index come from different models',
      fix: 'Load the query encoder and the index of one model version',
    });
  }
}
