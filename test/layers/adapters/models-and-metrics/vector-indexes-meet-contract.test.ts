import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfig } from '#adapters/composition/read-config.ts';
import { vectorIndexes } from '#adapters/vector-index/choose-faiss-or-usearch.ts';
import { usearchIndexes } from '#adapters/vector-index/usearch.ts';
import { describeWith } from '../../../support/require-server.ts';
import { SAMPLE, SAMPLE_DIMENSIONS, vectorIndexContract } from '../../contract-tests/vector-index.ts';

const faiss = readFileSync(resolve('test/layers/contract-tests/fixtures/sample.faiss'));
const files = { faiss, vectors: SAMPLE, dimensions: SAMPLE_DIMENSIONS };
const { FAISS_LIBRARY } = readConfig({});

vectorIndexContract('usearch', usearchIndexes(), files);

describeWith(
  'FAISS',
  existsSync(FAISS_LIBRARY),
  'Build it with layers/native/faiss/build.sh.',
)('with its library', async () => {
  if (existsSync(FAISS_LIBRARY)) vectorIndexContract('FAISS', await vectorIndexes('faiss', FAISS_LIBRARY), files);
});
