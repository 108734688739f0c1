import { spawnSync } from 'node:child_process';
import { isInstalled } from './server-process.ts';

export const PROMETHEUS_INSTALL_HINT = 'On Debian: apt install prometheus.';

/** Whether Prometheus and promtool are installed. */
export const hasPrometheus = (): boolean => isInstalled('prometheus') && isInstalled('promtool');

/** Runs promtool. @returns its output, and whether it succeeded */
export function promtool(...args: readonly string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}
