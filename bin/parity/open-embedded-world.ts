import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Now } from '#domain/core/time.ts';
import { openRuntime } from '../../localstack/embedded/host/open-runtime.ts';
import type { World } from './replayable-deployment-types.ts';

/** Opens an empty world in this process with an HTTP port, and deletes it when it is disposed. @param now the clock */
export async function embeddedWorld(name = 'embedded', now: Now = Date.now): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-parity-'));
  const runtime = await openRuntime({ dataDir, now });
  const { url } = await runtime.listen(0);
  return {
    name,
    baseUrl: url,
    stores: runtime.ports,
    settle: () => runtime.settle(),
    invoke: runtime.invoke,
    [Symbol.asyncDispose]: async () => {
      await runtime[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
