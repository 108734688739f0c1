#!/usr/bin/env node
import { terminal } from './console/terminal.ts';
import { agentbricksProgram } from './program/agentbricks-program.ts';
import { runProgram } from './program/run-program.ts';

const shared = {
  screen: terminal(),
  end: (status: number) => {
    process.exitCode = status;
  },
};
await runProgram(agentbricksProgram(shared), shared);
