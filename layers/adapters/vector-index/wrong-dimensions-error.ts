import { BrickError } from '#domain/core/brick-error.ts';

export class WrongDimensions extends BrickError {
  override readonly code = 'BRICK_WRONG_DIMENSIONS';
  constructor(given: number, expected: number) {
    super({
      what: `a vector has ${given} dimensions, but the index has ${expected}`,
      why: 'the vector and the index belong to different models',
      fix: 'Load the encoder and the vector index of the same model version',
    });
  }
}
