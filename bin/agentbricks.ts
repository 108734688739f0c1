#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compilation takes half of a command's startup. Only modules that are imported after this call are cached.
enableCompileCache(join(import.meta.dirname, '../.agentbricks/compiled'));
const { terminal } = await import('./console/terminal.ts');
const { agentbricksProgram } = await import('./program/agentbricks-program.ts');
const { runProgram } = await import('./program/run-cli-and-print-errors.ts');

const shared = {
  screen: terminal(),
  end: (status: number) => {
    process.exitCode = status;
  },
};
await runProgram(agentbricksProgram(shared), shared);
