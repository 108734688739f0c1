import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import type { ShelfName } from '../../../functions/universe/worlds/films/policies/baseline-policies.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import {
  type Generated,
  type GenerateOptions,
  generate,
} from '../../../localstack/embedded/studies/generate/generate-shards.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { seconds, type Terminal } from '../../console/terminal.ts';
import { type AskedSize, DEFAULT_SIZE, sizeOf } from '../city/up.ts';

export interface UniverseGenerateOptions extends AskedSize {
  readonly shelf: ShelfName;
  readonly workers?: number;
  readonly out?: string;
  /** `index/of`. */
  readonly part?: string;
  readonly json?: boolean;
}

class BadPart extends BrickError {
  override readonly code = 'BRICK_BAD_PART';
  constructor(part: string) {
    super({
      what: `the part ${part}`,
      why: 'a part is a number and how many there are',
      fix: 'Write for instance 3/8',
    });
  }
}

const MS = 1_000;
const count = (value: number) => Math.round(value).toLocaleString('en-US');

/** Events of a universe without a service, as fast as the machine can. */
export async function universeGenerate(options: UniverseGenerateOptions, terminal: Terminal): Promise<number> {
  const { shelf, workers = availableParallelism(), out, json } = options;
  const universe = { ...DEFAULT_SIZE, ...sizeOf(options), startAt: CITY_STARTS_AT, shelf };
  return untilInterrupted(terminal, async (signal) => {
    let events = 0;
    const generated = await generate(universe, {
      workers,
      signal,
      ...(out ? { folder: resolve(out) } : {}),
      ...(options.part ? { part: partOf(options.part) } : {}),
      onDay: (day) => {
        events += day.events;
        terminal.progress(`  day ${day.day + 1}, ${count(events)} events`);
      },
    });
    terminal.out(json ? JSON.stringify(generated) : summaryOf(generated));
    return 0;
  });
}

function partOf(text: string): GenerateOptions['part'] {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const part = { index: Number(index), of: Number(of) };
  if (!(part.index >= 1 && part.index <= part.of)) throw new BadPart(text);
  return part;
}

const summaryOf = ({ agents, sessions, events, hash, seconds: took }: Generated) =>
  [
    `${count(agents)} agents, ${count(sessions)} sessions, ${count(events)} events in ${seconds(took * MS)}: ${count(events / took)} events/s`,
    `Hash: ${hash}`,
  ].join('\n');
