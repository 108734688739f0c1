import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Program } from '../../../confinement/confined-program-types.ts';
import { buildCode } from '../../../confinement/run-esbuild-with-retry.ts';
import { startConfined } from '../../../confinement/start-confined-program.ts';
import { type Feeds, OnnxReport, type OnnxRequest } from './protocol.ts';

/** A network's output. */
export interface Output {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Outputs of one run by name, or ONNX Runtime's error. */
export type OnnxRun = { readonly outputs: ReadonlyMap<string, Output> } | { readonly error: string };

export interface OnnxResult {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** One per list of inputs. Empty if the file could not be loaded. */
  readonly runs: readonly OnnxRun[];
  /** Why the file could not be loaded, in ONNX Runtime's words. */
  readonly error?: string;
}

/** Largest file that is loaded, in bytes. The network of a step with a dozen titles takes a hundredth of it. */
const MAX_BYTES = 4_000_000;
const LIMITS: Program['limits'] = {
  ...{ total: 20_000, cpuSeconds: 10, residentMb: 500, dataMb: 4_096 },
  ...{ processes: 1, resultBytes: 4_000_000, printedBytes: 100_000 },
};
const { resolve } = createRequire(import.meta.url);
/** Packages of ONNX Runtime. The process loads only the files for Node. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-common'] as const;

let code: Promise<string> | undefined;

/**
 * Runs an ONNX file in ONNX Runtime for Node, as the service does, but in a confined process: the learner's code wrote
 * the file, and a parser may have vulnerabilities. The process has no other file, so external data is not found.
 */
export async function runOnnx(model: Buffer, runs: readonly Feeds[]): Promise<OnnxResult> {
  if (model.length > MAX_BYTES) return failed(`the file has ${model.length} bytes, more than ${MAX_BYTES}`);
  code ??= bundle();
  const args = ['--disable-sigusr1', '--no-warnings', '--input-type=module', '-e', await code];
  const readable = PACKAGES.map(folderOf);
  const confined = await startConfined({ command: process.execPath, args, readable, limits: LIMITS });
  const request: OnnxRequest = { runtime: readable[0] ?? '', model: model.toString('base64'), runs };
  confined.stdin.end(JSON.stringify(request));
  const [written] = await Promise.all([buffer(confined.results).catch(() => Buffer.alloc(0)), confined.ended]);
  return parsed(written) ?? failed('ONNX Runtime crashed, or took too long or too much memory');
}

const folderOf = (name: string): string => {
  const path = realpathSync(resolve(name));
  return path.slice(0, path.lastIndexOf(name) + name.length);
};

const failed = (error: string): OnnxResult => ({ inputs: [], outputs: [], runs: [], error });

async function bundle(): Promise<string> {
  const { outputFiles } = await buildCode({
    entryPoints: [join(import.meta.dirname, 'inside/main.ts')],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node24', logLevel: 'silent' },
  });
  return outputFiles[0]?.text ?? '';
}

function parsed(written: Buffer): OnnxResult | undefined {
  const report = OnnxReport.safeParse(jsonOf(written)).data;
  return report && { ...report, runs: report.runs.map((run) => ('error' in run ? run : decoded(run))) };
}

function jsonOf(written: Buffer): unknown {
  try {
    return JSON.parse(written.toString('utf8'));
  } catch {
    return undefined;
  }
}

function decoded({ outputs }: Extract<OnnxReport['runs'][number], { outputs: unknown }>): OnnxRun {
  return {
    outputs: new Map(
      outputs.map(({ name, shape, data }) => {
        const bytes = Buffer.from(data, 'base64');
        return [
          name,
          { shape, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) },
        ];
      }),
    ),
  };
}
