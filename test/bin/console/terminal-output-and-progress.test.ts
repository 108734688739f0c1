import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import { cityProgress } from '../../../bin/console/city-progress.ts';
import { count, dateTime, seconds, table } from '../../../bin/console/format-values-and-tables.ts';
import { progressOf, trainerFailure } from '../../../bin/console/parse-trainer-stderr.ts';
import { importProgress } from '../../../bin/console/print-import-progress-in-terminal.ts';
import { INTERRUPTED, untilInterrupted } from '../../../bin/console/stop-on-interrupt.ts';
import { terminal } from '../../../bin/console/terminal.ts';
import { screen } from '../../support/recording-terminal.ts';

/** Returns a stream that records its text. `isTTY` makes it a screen with colours. */
function stream(isTTY: boolean) {
  let text = '';
  const writable = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return Object.assign(writable, { isTTY, hasColors: () => isTTY, text: () => text });
}

describe('the terminal', () => {
  it('prints results to stdout and messages to stderr, without progress and colours in a log', () => {
    const [stdout, stderr] = [stream(false), stream(false)];
    const { out, say, progress, bold } = terminal({ stdout, stderr });
    progress('10 %');
    say(bold('Title'));
    out('result');
    expect([stdout.text(), stderr.text()]).toEqual(['result\n', 'Title\n']);
  });

  it('overwrites the progress line on a screen, and clears it before the next line', () => {
    const [stdout, stderr] = [stream(true), stream(true)];
    const { out, say, progress, bold } = terminal({ stdout, stderr });
    progress('10 %');
    progress('20 %');
    say(bold('Title'));
    out('result');
    expect(stderr.text()).toBe('\r\u001b[K10 %\r\u001b[K20 %\r\u001b[K\u001b[1mTitle\u001b[22m\n');
    expect(stdout.text()).toBe('result\n');
  });
});

describe('the formats', () => {
  it('show durations, numbers and times', () => {
    expect([seconds(1_540), count(1_234_567.4), dateTime(Date.UTC(2026, 0, 5, 12, 30))]).toEqual([
      '1.5 s',
      '1,234,567',
      '2026-01-05 12:30:00',
    ]);
  });

  it('align the first column to the left and the others to the right', () => {
    expect(
      table([
        ['name', 'value'],
        ['a', '1'],
        ['long name', '1,000'],
      ]),
    ).toEqual(['name        value', 'a               1', 'long name   1,000']);
  });
});

describe('the progress of a city', () => {
  const hour = (number: number) => ({ hour: number, events: 100, sessions: [{}, {}] });

  it('is one line per simulated day, and a line that is updated every hour', () => {
    const { terminal, stderr, progress } = screen();
    const { onPhase, onHour } = cityProgress(terminal, performance.now());
    onPhase?.('first-week', {} as never);
    for (let at = 0; at < 24; at++) onHour?.(hour(at) as never, {} as never);
    const [title, first, day] = stderr().split('\n');
    expect(title).toBe('Week 1: popularity serves all agents');
    expect(first).toMatch(/^ {2}first 100 events after \d+\.\d s$/);
    expect(day).toMatch(/^ {2}day 1, 48 sessions, 2,400 events, \d+\.\d s$/);
    expect(progress()).toHaveLength(23);
    expect(progress()[0]).toMatch(/^ {2}day 1, 2 sessions, 100 events, .* · hour 0$/);
  });

  it('shows the states of the pipeline, the stages of the training and the days of the twins', () => {
    const { terminal, stderr, progress } = screen();
    const { onState, onStage, onTwinDay } = cityProgress(terminal, 0);
    onState?.({ runId: 'run-1', state: 'Train', kind: 'entered', at: HOUR } as never);
    onStage({ stage: 'epoch', epoch: 3 } as never);
    onState?.({ runId: 'run-1', state: 'Train', kind: 'exited', at: HOUR } as never);
    onTwinDay?.('popular', 1, 10);
    onTwinDay?.('oracle', 2, 10);
    expect(stderr()).toBe('  Train done');
    expect(progress()).toEqual([
      '  Train entered',
      '  Train: epoch, epoch 3',
      '  popular day 1',
      '  popular day 1, oracle day 2',
    ]);
  });
});

describe('the progress of an import', () => {
  it('is one line per stage, and a line with the current numbers', () => {
    vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValueOnce(0).mockReturnValue(1_000);
    const { terminal, stderr, progress } = screen();
    const show = importProgress(terminal);
    show({ stage: 'reading', ratings: 1_000 });
    const events = { accepted: 900, alreadyThere: 5, refused: 0 };
    show({ stage: 'replaying', ratings: 500, expected: 2_000, events });
    expect(stderr().split('\n')).toEqual([
      'Reading and validating every line.',
      'Replaying through POST /v1/events, with the times of the data set.',
    ]);
    expect(progress()).toEqual([
      '  1,000 ratings read',
      '  25 %: 500 of 2,000 ratings, 900 events accepted, 5 already in the log',
    ]);
  });
  afterEach(() => vi.restoreAllMocks());
});

describe('the output of the trainer', () => {
  it('is shown as names and values', () => {
    expect(progressOf('{"stage":"epoch","epoch":2,"loss":0.5}')).toBe('epoch, epoch 2, loss 0.5');
    expect(progressOf('Killed')).toBe('said Killed');
  });

  it('becomes an error: the one that the trainer reports, or one with its last lines', () => {
    const reported = { what: 'a line is invalid', why: 'it has 2 fields', fix: 'Correct it' };
    expect(trainerFailure(['…', JSON.stringify({ error: reported })]).message).toBe(
      'a line is invalid: it has 2 fields. Correct it.',
    );
    expect(trainerFailure(['epoch 1', 'Killed']).message).toBe(
      'the trainer failed with the output "epoch 1 Killed": the trainer had an unexpected error, or it was killed because the memory was full. ' +
        'Train only one model, and use fewer plays. If this also fails, report the error with this output.',
    );
  });
});

describe('work that Ctrl-C interrupts', () => {
  /** Calls the newest handler, as Ctrl-C does. The test runner may have handlers too. */
  const pressCtrlC = () => process.listeners('SIGINT').at(-1)?.('SIGINT');

  it('returns its own status if it stops without an error', async () => {
    const { terminal, stderr } = screen();
    const handlers = process.listenerCount('SIGINT');
    const work = untilInterrupted(terminal, async (signal) => {
      while (!signal.aborted) await sleep(1);
      return 0;
    });
    pressCtrlC();
    expect(await work).toBe(0);
    expect(stderr()).toBe('Stopping at the next safe point. Press Ctrl-C again to stop immediately.');
    expect(process.listenerCount('SIGINT')).toBe(handlers);
  });

  it('returns 130 if it stops with an error, and passes on errors without Ctrl-C', async () => {
    const { terminal, stderr } = screen();
    const work = untilInterrupted(terminal, async (signal) => {
      await sleep(10_000, undefined, { signal });
      return 0;
    });
    pressCtrlC();
    expect(await work).toBe(INTERRUPTED);
    expect(stderr()).toContain('Stopped. The next start resumes from here.');
    await expect(untilInterrupted(terminal, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });

  it('ends the process at the second Ctrl-C', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const work = untilInterrupted(screen().terminal, async (signal) => {
      while (!signal.aborted) await sleep(1);
      await sleep(20);
      return 0;
    });
    pressCtrlC();
    pressCtrlC();
    await work;
    expect(exit).toHaveBeenCalledWith(INTERRUPTED);
    exit.mockRestore();
  });
});

describe('a command whose reader closes the pipe', () => {
  it('ends without a stack trace', async () => {
    const program = join(import.meta.dirname, '../../../bin/agentbricks.ts');
    const child = spawn(process.execPath, [program, 'list'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [errors, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect({ errors, status }).toEqual({ errors: '', status: 0 });
  });
});
