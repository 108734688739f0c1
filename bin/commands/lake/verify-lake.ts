import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { isSound, type Verification, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { count, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

const HEADER = [
  '',
  'files',
  'records',
  'bytes',
  'damaged',
  'duplicated',
  'missing',
  'skipped',
  'not in the log',
  'repeated',
];

/** Reads the complete lake and compares it with the manifest and the log. @returns 1 if it finds an error */
export const verifyLake = (options: WorldOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async ({ runtime: { ports } }) => {
    const found = [await verifyTopic(EVENTS, ports), await verifyTopic(EXPOSURES, ports)];
    if (options.json) terminal.out(JSON.stringify(found));
    else for (const line of table([HEADER, ...found.map(rowOf)])) terminal.out(line);
    for (const { damaged } of found) for (const file of damaged) terminal.say(file);
    return found.every(isSound) ? 0 : 1;
  });

const rowOf = ({
  topic,
  files,
  rows,
  bytes,
  damaged,
  duplicated,
  missing,
  skipped,
  invented,
  repeats,
}: Verification): string[] => [
  topic,
  ...[files, rows, bytes, damaged.length, duplicated, missing, skipped, invented, repeats].map(count),
];
