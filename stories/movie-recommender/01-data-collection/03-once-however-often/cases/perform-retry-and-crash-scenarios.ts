import { DAY, SECOND } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Director } from '../../../../academy/runners/ports/play-scenarios.ts';
import type { Stage } from '../../../../academy/runners/ports/simulation/deliver-inputs.ts';
import type { Fault } from '../../../../academy/runners/ports/simulation/history-types.ts';
import type { Order } from '../../../../academy/runners/ports/simulation/interleave-port-calls-of-deliveries.ts';
import { type Batch, type BatchMaker, batchMaker } from './generate-batches.ts';

/** Groups of scenarios, by what is disturbed in them. */
export const CALM = 'calm';
export const TWINS = 'twins';
export const LATE = 'late';
export const RESPONSE = 'killed after the response';
export const KILLED = 'killed';
export const FAILED = 'failed';
export const TOGETHER = 'together';

/** Number of phones on the train. */
const PHONES = 90;
/** Largest number of plays that a phone has saved. */
const MOST_SAVED = 6;
/** Largest number of times that a phone sends its batch. */
const MOST_SENT = 4;
/** Number of events in the largest batch that clients may send. */
export const LARGE = 500;
/** Name of the scenario with the largest batch. */
export const LARGE_BATCH = 'a batch of 500 events';
/** Maximum number of times that a client sends a batch. */
export const MOST_TRIES = 4;
/** Milliseconds that a client waits for a response. */
const PATIENCE = 10 * SECOND;

type Collector = Stage<Batch>;

/** Plays all scenarios of the step. */
export async function perform(director: Director<Batch>, seed: number): Promise<void> {
  const maker = batchMaker(seed);
  await playCalmDays(director, maker);
  await director.play('90 phones leave the tunnel', CALM, (stage) => leaveTunnel(stage, maker));
  await playTwins(director, maker);
  await playLateRepeats(director, maker);
  await playKills(director, maker);
  await playFailures(director, maker);
  await playStalls(director, maker);
  await playCrowds(director, maker);
}

const send = (stage: Collector, input: Batch, instance = 0) => stage.deliver([{ input, instance }]);

async function playCalmDays(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  const calm = (name: string, script: (stage: Collector) => Promise<unknown>) => director.play(name, CALM, script);
  const [a, b, c, d, e] = [maker.play(), maker.play(), maker.play(), maker.play(), maker.play()];
  await calm('a new batch', (stage) => send(stage, maker.plays(6)));
  await calm('a repeat inside a batch', (stage) => send(stage, maker.batch([a, b, a, c, b])));
  await calm('a batch that is sent twice', (stage) => sendTo(stage, maker.plays(5), [0, 0]));
  await calm('a batch that is sent again to another process', (stage) => sendTo(stage, maker.plays(5), [0, 1]));
  await calm('a batch of old and new events', async (stage) => {
    await send(stage, maker.batch([d, e]));
    await send(stage, maker.batch([maker.play(), e, maker.play(), d]));
  });
  await calm('an empty batch', (stage) => send(stage, maker.batch([])));
  await calm(LARGE_BATCH, (stage) => send(stage, maker.plays(LARGE)));
}

async function sendTo(stage: Collector, batch: Batch, instances: readonly number[]): Promise<void> {
  for (const instance of instances) await send(stage, batch, instance);
}

/** Each phone sends what it has saved, and sends it again if it gives up waiting. Two processes share the work. */
export async function leaveTunnel(stage: Collector, maker: BatchMaker): Promise<void> {
  const { random } = maker;
  const sent = Array.from({ length: PHONES }, () => maker.plays(1 + Math.floor(random() * MOST_SAVED))).flatMap(
    (batch) => Array.from({ length: 1 + Math.floor(random() * MOST_SENT) }, () => ({ batch, at: random() })),
  );
  for (const { batch } of sent.toSorted((first, second) => first.at - second.at)) {
    stage.wait(SECOND);
    await send(stage, batch, random() < 1 / 2 ? 0 : 1);
  }
}

async function playTwins(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  const twinsOf = (event: ClientEvent): [ClientEvent, ClientEvent] => [
    event,
    { ...event, eventId: `${event.eventId}-2` },
  ];
  await director.play('two equal events with different ids, in one batch', TWINS, (stage) =>
    send(stage, maker.batch([maker.play(), ...twinsOf(maker.play())])),
  );
  await director.play('two equal events with different ids, in two batches', TWINS, async (stage) => {
    for (const twin of twinsOf(maker.play())) await send(stage, maker.batch([twin]));
  });
}

async function playLateRepeats(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  for (const days of [2, 40, 400]) {
    await director.play(`a batch that is sent again after ${days} days`, LATE, async (stage) => {
      const batch = maker.plays(3);
      await send(stage, batch);
      stage.wait(days * DAY);
      await send(stage, batch, 1);
    });
  }
}

/**
 * Sends a batch until the client receives a response, as clients do.
 *
 * @param faults of the first deliveries @returns whether a fault happened
 */
async function sendUntilResponse(
  stage: Collector,
  input: Batch,
  faults: readonly Fault[],
  order?: Order,
): Promise<boolean> {
  let isAnyDisturbed = false;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const [delivered] = await stage.deliver([{ input, fault: faults[tries] }], order);
    isAnyDisturbed ||= delivered?.isDisturbed === true;
    if (delivered?.end?.kind === 'responded') break;
    stage.wait(PATIENCE);
  }
  return isAnyDisturbed;
}

const kills = (call: number): readonly Fault[] => [
  { how: 'kill', call, when: 'after' },
  { how: 'kill', call, when: 'during' },
];

async function playKills(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  for (const order of ['first', 'last'] as const) {
    await director.play('a new batch', RESPONSE, (stage) =>
      sendUntilResponse(stage, maker.plays(5), [{ how: 'kill after response' }], order),
    );
  }
  await director.playAtEachCall('a new batch', KILLED, kills, (stage, fault) =>
    sendUntilResponse(stage, maker.plays(5), [fault]),
  );
  await director.playAtEachCall('a batch of old and new events', KILLED, kills, async (stage, fault) => {
    const [old, repeated] = [maker.play(), maker.play()];
    await send(stage, maker.batch([old]));
    const batch = maker.batch([repeated, old, maker.play(), repeated]);
    const isDisturbed = await sendUntilResponse(stage, batch, [fault]);
    await send(stage, batch);
    return isDisturbed;
  });
  await director.playAtEachCall('a batch whose calls overlap', KILLED, kills, (stage, fault) =>
    sendUntilResponse(stage, maker.plays(4), [fault], 'last'),
  );
  await director.playAtEachCall('a batch that meets two kills', KILLED, kills, (stage, fault) =>
    sendUntilResponse(stage, maker.plays(4), [fault, fault]),
  );
}

async function playFailures(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  const failures = (call: number): readonly Fault[] => [0, 1 / 2, 1].map((share) => ({ how: 'fail', call, share }));
  await director.playAtEachCall('a new batch', FAILED, failures, (stage, fault) =>
    sendUntilResponse(stage, maker.plays(5), [fault]),
  );
}

/** The client gives up waiting and sends the batch again, while the first delivery still waits for a port. */
async function playStalls(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  const stalls = (call: number): readonly Fault[] => [{ how: 'stall', call }];
  for (const instance of [0, 1]) {
    const where = instance === 0 ? 'the same process' : 'another process';
    const name = `a batch that is sent again to ${where} while the first delivery waits`;
    await director.playAtEachCall(name, TOGETHER, stalls, async (stage, fault) => {
      const batch = maker.plays(4);
      const [first] = await stage.deliver([{ input: batch, fault }]);
      stage.wait(PATIENCE);
      await stage.deliver([{ input: batch, instance }]);
      await stage.release();
      return first?.isDisturbed === true;
    });
  }
}

/** Several clients send overlapping batches at the same time, to two processes. */
async function playCrowds(director: Director<Batch>, maker: BatchMaker): Promise<void> {
  const { random } = maker;
  const order: Order = (choices) => Math.floor(random() * choices);
  const crowds = 8;
  for (let crowd = 0; crowd < crowds; crowd++) {
    await director.play('copies of a batch at the same time', TOGETHER, async (stage) => {
      const shared = [maker.play(), maker.play()];
      const batches = [maker.batch(shared), maker.batch([...shared, maker.play()]), maker.batch(shared)];
      await stage.deliver(
        batches.map((input) => ({ input, instance: random() < 1 / 2 ? 0 : 1 })),
        order,
      );
      for (const batch of batches) await send(stage, batch);
    });
  }
}
