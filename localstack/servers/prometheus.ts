import { spawnSync } from 'node:child_process';
import { isInstalled } from './server-process.ts';

export const PROMETHEUS_INSTALL_HINT = 'On Debian: apt install prometheus.';

/** Whether Prometheus and its tool for rules are on this machine. */
export const hasPrometheus = (): boolean => isInstalled('prometheus') && isInstalled('promtool');

/** @returns what promtool said, and whether it was content */
export function promtool(...args: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { ok: status === 0, said: `${stdout}${stderr}` };
}
