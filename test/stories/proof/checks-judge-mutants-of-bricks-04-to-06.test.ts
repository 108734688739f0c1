import { expect, it } from 'vitest';
import { allSteps } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { testProofMatrix } from './test-proof-matrix.ts';

await testProofMatrix(['04', '05', '06']);

it('is the rest of the story', () => {
  expect([...new Set(allSteps().map(({ id }) => id.slice(0, 2)))]).toEqual(['01', '02', '03', '04', '05', '06']);
});
