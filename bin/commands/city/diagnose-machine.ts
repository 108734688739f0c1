import { diagnose } from '../../../localstack/embedded/doctor/environment-checks.ts';
import { diagnosisLines, isHealthy } from '../../console/doctor-report.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface DoctorOptions {
  readonly home: string;
  readonly port: number;
  readonly json?: boolean;
}

/** Checks whether this machine can run AgentBricks. @returns 1 if a required part is missing */
export async function doctor({ home, port, json }: DoctorOptions, terminal: Terminal): Promise<number> {
  const { folder, trainer } = homeAt(home);
  const checks = await diagnose({ folder, trainerFolder: trainer, port });
  if (json) terminal.out(JSON.stringify({ checks }));
  else for (const line of diagnosisLines(checks)) terminal.out(line);
  return isHealthy(checks) ? 0 : 1;
}
