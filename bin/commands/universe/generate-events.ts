import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import type { BaselinePolicyName } from '../../../functions/universe/worlds/films/policies/baseline-policies.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import {
  type Generated,
  type GenerateOptions,
  generate,
} from '../../../localstack/embedded/studies/generate/generate-shards.ts';
import { count, seconds } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { DEFAULT_SIZE, givenSize, type SizeOptions } from '../../home/city-size-command-line-options.ts';

export interface UniverseGenerateOptions extends SizeOptions {
  readonly shelf: BaselinePolicyName;
  readonly workers?: number;
  readonly out?: string;
  /** Part of the agents to simulate, as number/total, such as 3/8. */
  readonly part?: string;
  readonly json?: boolean;
}

class InvalidPart extends BrickError {
  override readonly code = 'BRICK_BAD_PART';
  constructor(part: string) {
    super({
      what: `"${part}" is not a valid --part`,
      why: 'a part of the simulated people has the form number/total, and the number is between 1 and the total',
      fix: 'Use a value such as 3/8',
    });
  }
}

const MS = 1_000;

/** Generates the events of a simulated world at full speed, without the recommendation service. */
export async function universeGenerate(options: UniverseGenerateOptions, terminal: Terminal): Promise<number> {
  const { shelf, workers = availableParallelism(), out, json } = options;
  const universe = { ...DEFAULT_SIZE, ...givenSize(options), startAt: CITY_STARTS_AT, shelf };
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
  if (!(part.index >= 1 && part.index <= part.of)) throw new InvalidPart(text);
  return part;
}

const summaryOf = ({ agents, sessions, events, hash, seconds: took }: Generated) =>
  [
    `${count(agents)} agents, ${count(sessions)} sessions, ${count(events)} events in ${seconds(took * MS)}: ${count(events / took)} events/s`,
    `Hash: ${hash}`,
  ].join('\n');
