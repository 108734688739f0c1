import { Session } from 'node:inspector/promises';
import { writeAtomic } from '../../../../localstack/embedded/storage/write-atomically-and-read-json.ts';

/**
 * Starts the benchmark's server with a CPU profiler: `node profiled-server.ts FOLDER FILE`. The first SIGUSR2 starts
 * the profile, and the second writes it to FILE.
 */
const [, file = ''] = process.argv.slice(2);
const SAMPLE_MICROSECONDS = 500;
const session = new Session();
session.connect();
let begun = false;
process.on('SIGUSR2', async () => {
  if (begun) {
    const { profile } = await session.post('Profiler.stop');
    writeAtomic(file, Buffer.from(JSON.stringify(profile)));
    return;
  }
  begun = true;
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
});
await import('../server.ts');
