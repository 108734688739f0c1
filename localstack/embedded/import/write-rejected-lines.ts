import { closeSync, openSync, writeSync } from 'node:fs';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Place } from './import-errors.ts';
import type { RejectedLine } from './validate-and-sort-data-set.ts';

export interface RejectedLines {
  add(rejected: RejectedLine): void;
  /** Adds an event that the service rejected. @param place line of the event */
  addEvent(event: ClientEvent, place: Place, reason: string): void;
  count(): number;
  close(): void;
}

const HEADER = 'file\tline\twhat\twhy\tfix\n';
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/**
 * Writes the skipped lines and events to a tab-separated file, one per line. The file is created for the first of them.
 */
export function rejectedLines(path: string): RejectedLines {
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
    addEvent: ({ eventId }, { file: name, line }, reason) =>
      write([name, line, `the service rejected ${eventId}`, reason, 'Check the line and the validator in use']),
    count: () => count,
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}
