import { describe, expect, it } from 'vitest';
import {
  type CandidateSource,
  gather,
  type SourceRequest,
} from '../../../../functions/recommendation/retrieval/gather.ts';

const request = { at: 0 } as SourceRequest;
const source = (name: CandidateSource['name'], find: CandidateSource['find']): CandidateSource => ({ name, find });
const index = source('index', async () => Int32Array.of(3, 1));
const popular = source('popular-here', async () => ['t-9', 2]);
const broken = source('new-release', () => Promise.reject(new Error('no catalogue')));
const empty = source('recently-watched', async () => []);
/** Runs the work without a time limit. */
const budget = <Result>(_stage: string, work: () => Promise<Result>) => work();

describe('gather', () => {
  it('returns the titles of all sources, in the order of the sources', async () => {
    const slow = source('index', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Int32Array.of(3, 1);
    });
    expect(await gather(request, budget, [slow, popular])).toEqual({
      found: [
        { source: 'index', titles: Int32Array.of(3, 1) },
        { source: 'popular-here', titles: ['t-9', 2] },
      ],
      missing: [],
    });
  });

  it('names a source that fails, with the reason, and returns the others', async () => {
    const { found, missing } = await gather(request, budget, [broken, index]);
    expect(found.map(({ source: name }) => name)).toEqual(['index']);
    expect(missing).toEqual(['without new-release: no catalogue']);
  });

  it('calls all sources before it waits for any', async () => {
    let calls = 0;
    const both = Promise.withResolvers<number[]>();
    const waiting = (name: CandidateSource['name']) =>
      source(name, () => {
        if (++calls === 2) both.resolve([1]);
        return both.promise;
      });
    const { found } = await gather(request, budget, [waiting('index'), waiting('popular-here')]);
    expect(found).toHaveLength(2);
  });

  it('runs each source in the stage “retrieve”, under its own name', async () => {
    const stages: unknown[] = [];
    const recording = <Result>(stage: string, work: () => Promise<Result>, name?: string) => {
      stages.push([stage, name]);
      return work();
    };
    await gather(request, recording, [index, popular]);
    expect(stages).toEqual([
      ['retrieve', 'index'],
      ['retrieve', 'popular-here'],
    ]);
  });

  it('throws the first failure if no source found any title', async () => {
    await expect(gather(request, budget, [empty, broken])).rejects.toThrow('no catalogue');
  });

  it('returns no titles if no source failed and none found any', async () => {
    expect(await gather(request, budget, [empty])).toEqual({
      found: [{ source: 'recently-watched', titles: [] }],
      missing: [],
    });
  });
});
