import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainSystemError } from '../../../bin/console/explain-file-system-errors.ts';
import { agentbricks } from '../run-in-process.ts';

/** Time limit, because deploy and destroy synthesise all templates first, which takes long on a busy machine. */
const SYNTHESIS_MS = 180_000;

/** Errors that commands report before they reach a world or AWS: `what: why. fix.` */
describe('an explained error', () => {
  it.each([
    [
      ['start', '99.9'],
      /^✗ there is no step 99\.9: the story has the steps 01\.1.*\. Choose one of these steps, for example with /,
    ],
    [['check', '99.9'], /^✗ there is no step 99\.9/],
    [['use', '99.9', '--reference'], /^✗ there is no step 99\.9/],
    [
      ['logs', 'colect'],
      /^✗ there is no function "colect": the functions are .*trainer\. Use one of these function names\.$/,
    ],
    [['backfill', '--from', '2026-01-31', '--to', '2026-01-30'], /^✗ .*`from` is later than `to`/],
    [
      ['rollback', '--table', 'registry'],
      /^✗ --table registry was given without --bucket: .*Name the bucket with --bucket\.$/,
    ],
    [
      ['deploy'],
      /^✗ no brick was named: `agentbricks deploy` changes only the bricks that you name\. Name the bricks, /,
    ],
    [['destroy', 'Nonsense'], /^✗ there is no brick "Nonsense": the bricks are Foundation, .*or --all\.$/],
  ])(
    '%j',
    async (args, message) => {
      const { status, stdout, stderr } = await agentbricks(...args);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(message);
    },
    SYNTHESIS_MS,
  );

  it.each([
    ['below a file', () => join(import.meta.filename, 'home'), /ENOTDIR.*a file has the name/],
    ['with a name that is too long', () => join(tmpdir(), 'x'.repeat(300)), /ENAMETOOLONG.*the path is too long/],
    ['with a path that is too long', () => join(tmpdir(), ...Array(3).fill('x'.repeat(200))), /more than 512 bytes/],
  ])('is printed for a home %s', async (_, home, message) => {
    const { status, stderr } = await agentbricks('simulate', '--home', home());
    await rm(join(tmpdir(), 'x'.repeat(200)), { recursive: true, force: true });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(message) });
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it.each(['status', 'simulate', 'reset', 'doctor'])('is printed by %s for a home that is a file', async (command) => {
    const { status, stderr } = await agentbricks(command, '--home', import.meta.filename);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^✗ \S+ cannot store the data of AgentBricks: it is a file, not a folder\. Choose a folder/);
  });

  it('is printed if memory cannot be allocated', () => {
    const error = explainSystemError(new RangeError('Array buffer allocation failed'));
    expect(error).toMatchObject({ code: 'BRICK_SYSTEM_ERROR', message: expect.stringContaining('too large for this') });
  });

  it('is not printed for a command that succeeds', async () => {
    const { status, stdout, stderr } = await agentbricks('cost', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ profile: 'learner', people: 10_000 });
  });
});
