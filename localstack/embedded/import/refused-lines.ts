import { closeSync, openSync, writeSync } from 'node:fs';
import type { SourcedEvent } from './history.ts';
import type { Refused } from './staging.ts';

export interface RefusedLines {
  add(refused: Refused): void;
  addEvent(sourced: SourcedEvent, ratingsFile: string, reason: string): void;
  count(): number;
  close(): void;
}

const HEADER = 'file\tline\twhat\twhy\tfix\n';
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** Notes what an import left out: tab-separated, one line each. The file is made with the first of them. */
export function refusedLines(path: string): RefusedLines {
  let file: number | undefined;
  let count = 0;
  const write = (fields: readonly (string | number)[]) => {
    if (file === undefined) {
      file = openSync(path, 'w');
      writeSync(file, HEADER);
    }
    writeSync(file, `${fields.map((field) => flat(String(field))).join('\t')}\n`);
    count++;
  };
  return {
    add: ({ file: name, line, fault }) => write([name, line, fault.what, fault.why, fault.fix]),
    addEvent: ({ event, line }, name, reason) =>
      write([name, line ?? 0, `the service refused ${event.eventId}`, reason, 'Look at the validator that is in use']),
    count: () => count,
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}
