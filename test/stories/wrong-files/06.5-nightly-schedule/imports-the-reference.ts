import { nightly as reference } from '../../../../lib/constructs/orchestration/nightly.ts';

export const nightly = reference;
