import { testProofMatrix } from './test-proof-matrix.ts';

await testProofMatrix(['01', '02', '03']);
