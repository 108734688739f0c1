import { terminal } from './console/terminal.ts';
import { mirrorProgram } from './program/mirror-servers-program.ts';
import { runProgram } from './program/run-cli-and-print-errors.ts';

const shared = {
  screen: terminal(),
  end: (status: number) => {
    process.exitCode = status;
  },
};
await runProgram(mirrorProgram(shared), shared);
