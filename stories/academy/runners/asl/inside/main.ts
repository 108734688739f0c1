/**
 * Interprets a learner's state machine once for each scenario, and reports what happened without evaluating it.
 * run-scenarios.ts starts this program in a confined process.
 */
import { readFileSync, writeSync } from 'node:fs';
import type { Request } from '../protocol.ts';
import { executeScenario } from './execute-scenario.ts';
import { installSimulatedClock } from './simulated-clock.ts';

const STDIN = 0;
const RESULTS = 3;

const { token, definition, scenarios, limits } = JSON.parse(readFileSync(STDIN, 'utf8')) as Request;

function report(content: unknown): void {
  const bytes = Buffer.from(`${token} ${JSON.stringify(content)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(RESULTS, bytes, written);
}

report('started');
const clock = installSimulatedClock();
// Fixes the jitter of the retries, so that the waiting times are the same in each run of a check.
Math.random = () => 1 / 2;
for (const scenario of scenarios) report(await executeScenario(definition, scenario, clock, limits));
process.exit(0);
