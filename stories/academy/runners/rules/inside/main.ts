import { readFileSync, writeSync } from 'node:fs';
import type { RulesRequest } from '../message-types.ts';
import { evaluateRequest } from './simulate-alert-rules-over-scenarios.ts';

/** File descriptor of the results. */
const RESULTS_FD = 3;

/** Runs in the confined process: reads one request from standard input, and writes one response. */
function main(): void {
  const request = (globalThis as { request?: string }).request ?? readFileSync(0, 'utf8');
  const response = Buffer.from(`${JSON.stringify(evaluateRequest(JSON.parse(request) as RulesRequest))}\n`);
  for (let written = 0; written < response.length; ) written += writeSync(RESULTS_FD, response, written);
}

main();
