import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeamName } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { CollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import { followSeams } from '../../../bin/learner-code/load-and-reload-selected-files.ts';
import { recordUse } from '../../../bin/learner-code/read-and-record-use-command-times.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/open-runtime.ts';
import type { Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { type Learner, learner } from '../learner-workspace.ts';

export const NOW = Date.UTC(2026, 0, 5, 12);

/** A runtime that follows a learner's seams.json, as a city does. */
export interface LearnersCity extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly someone: Learner;
  /** Counts of the files in use, as last reported. */
  readonly statuses: () => readonly FunctionStatus[];
  /** Puts code in use, like the command `use` with `--anyway`, but without running the checks. */
  useCode(code: string): void;
  useReference(): void;
  /** Resolves once the file in use was loaded. */
  follow(): Promise<void>;
  post(events: readonly object[]): Promise<CollectReply & { readonly status: number }>;
}

/** @param step the step whose file is in use */
export async function cityWithLearnersFile(
  step: Step,
  options: Partial<Parameters<typeof openRuntime>[0]> = {},
): Promise<LearnersCity> {
  const dataDir = mkdtempSync(join(tmpdir(), 'story-city-'));
  const runtime = await openRuntime({ dataDir, now: () => NOW, logLevel: 'SILENT', ...options });
  const someone = learner();
  let statuses: readonly FunctionStatus[] = [];
  let seams: Awaited<ReturnType<typeof followSeams>> | undefined;
  const file = seamsFileIn(someone.workspace);
  const select = (inUse: object): void => {
    writeFileSync(`${file}.new`, JSON.stringify(inUse));
    renameSync(`${file}.new`, file);
  };
  return {
    runtime,
    someone,
    statuses: () => statuses,
    useCode: (code) => {
      someone.write(step, code);
      const name = step.seams[0]?.name as SeamName;
      recordUse(file, name);
      select({ [name]: step.learnerFile });
    },
    useReference: () => select({}),
    follow: async () => {
      seams = await followSeams(file, someone.terminal, (each) => {
        statuses = each;
      });
      seams.lead(runtime);
    },
    post: async (events) => {
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', path: '/v1/events', headers, body: JSON.stringify({ events }) } as const;
      const { status, body } = await runtime.api(request);
      return { status, ...(JSON.parse(body) as CollectReply) };
    },
    [Symbol.asyncDispose]: async () => {
      seams?.[Symbol.dispose]();
      await runtime[Symbol.asyncDispose]();
      someone[Symbol.dispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
