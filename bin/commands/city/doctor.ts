import { type Check, diagnose } from '../../../localstack/embedded/doctor/environment-checks.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';

export interface DoctorOptions {
  readonly home: string;
  readonly port: number;
  readonly json?: boolean;
}

const MARK = { ok: '✓', limited: '!', failed: '✗' } as const;

/** @returns 1 when something is missing that nothing works without */
export async function doctor({ home, port, json }: DoctorOptions, terminal: Terminal): Promise<number> {
  const { folder, trainer } = homeAt(home);
  const checks = await diagnose({ folder, trainerFolder: trainer, port });
  if (json) terminal.out(JSON.stringify({ checks }));
  else for (const line of checkLines(checks)) terminal.out(line);
  return isHealthy(checks) ? 0 : 1;
}

export const isHealthy = (checks: readonly Check[]): boolean => checks.every(({ status }) => status !== 'failed');

export const checkLines = (checks: readonly Check[]): string[] =>
  checks.map(({ name, status, found, fix }) => `${MARK[status]} ${name}: ${found}${fix ? `\n    ${fix}.` : ''}`);
