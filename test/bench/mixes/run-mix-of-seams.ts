import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeamFilesInUse, SeamName } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { CollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import { startLearnersSeams } from '../../../bin/learner-code/start-learners-seams.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { allSteps, programFileOf } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { NOW } from '../../stories/city/city-with-learners-file.ts';
import { postTitles, slateFor } from '../../stories/city/post-titles-and-request-slate.ts';

/** What a runtime did with a small batch, the same batch again, and a request for a slate. */
export interface MixRun {
  readonly collected: CollectReply;
  readonly repeated: CollectReply;
  /** Number of titles in the slate. */
  readonly titles: number;
  readonly counts: readonly FunctionStatus[];
}

/** Returns the solutions of the steps with these seams. */
function solutionsOf(own: readonly SeamName[]): SeamFilesInUse {
  const steps = allSteps();
  return Object.fromEntries(
    own.map((name) => {
      const step = steps.find(({ seams }) => seams.some((seam) => seam.name === name));
      if (!step) throw new Error(`no step has the seam ${name}`);
      return [name, programFileOf(step, 'solution')];
    }),
  );
}

/** Boots a runtime with the solutions of some seams, as a learner's files, and the reference of the others. */
export async function runMix(own: readonly SeamName[]): Promise<MixRun> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mix-of-seams-'));
  try {
    using learners = await startLearnersSeams(solutionsOf(own));
    const settings = { policy: 'popular', explorationShare: 0.5 } as const;
    await using runtime = await openRuntime({ dataDir, now: () => NOW, settings, logLevel: 'SILENT' });
    runtime.useSeams(learners.seams);
    const post = async (events: readonly unknown[]) => {
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', path: '/v1/events', headers, body: JSON.stringify({ events }) } as const;
      const { status, body } = await runtime.api(request);
      return { status, ...(JSON.parse(body) as CollectReply) };
    };
    await postTitles({ runtime, post }, 20);
    const plays = [0, 1, 2, 3, 4].map((n) => ({
      ...{ type: 'play', eventId: `p-${n}`, userId: 'u-2', titleId: `t-${n}`, occurredAt: NOW - 2, sentAt: NOW - 1 },
    }));
    const batch = [...plays, plays[0], 'no event'];
    const [collected, repeated] = [await post(batch), await post(batch)];
    const { items } = await slateFor({ runtime, post }, 'mix-1', 5);
    return { collected, repeated, titles: items.length, counts: learners.counts() };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
