/** Loads one ONNX file with ONNX Runtime, runs it on inputs, and reports the outputs. Runs in a confined process. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import type { OnnxReport, OnnxRequest, WireTensor } from '../protocol.ts';

const RESULTS_FD = 3;
/** The options of the service. */
const OPTIONS: import('onnxruntime-node').InferenceSession.SessionOptions = {
  ...{ executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 },
  ...{ executionMode: 'sequential', logSeverityLevel: 3 },
};

const { runtime, model, runs } = JSON.parse(await text(process.stdin)) as OnnxRequest;
const ort = createRequire(runtime)(runtime) as typeof import('onnxruntime-node');

const toOrt = ({ type, data, shape }: WireTensor) =>
  type === 'int64'
    ? new ort.Tensor(
        'int64',
        BigInt64Array.from(data, (value) => BigInt(value)),
        [...shape],
      )
    : new ort.Tensor('float32', Float32Array.from(data), [...shape]);

async function report(): Promise<OnnxReport> {
  const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), OPTIONS);
  const { inputNames, outputNames } = session;
  const results: OnnxReport['runs'][number][] = [];
  for (const feeds of runs) {
    try {
      const tensors = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)] as const);
      const outputs = Object.entries(await session.run(Object.fromEntries(tensors)));
      results.push({
        outputs: outputs.map(([name, { type, dims, data }]) => {
          const bytes = type === 'float32' ? Buffer.from((data as Float32Array).slice().buffer) : Buffer.alloc(0);
          return { name, type, shape: [...dims], data: bytes.toString('base64') };
        }),
      });
    } catch (error) {
      results.push({ error: (error as Error).message });
    }
  }
  return { inputs: [...inputNames], outputs: [...outputNames], runs: results };
}

const result = await report().catch((error: Error): OnnxReport => {
  return { inputs: [], outputs: [], runs: [], error: error.message };
});
let bytes = Buffer.from(JSON.stringify(result));
while (bytes.length > 0) bytes = bytes.subarray(writeSync(RESULTS_FD, bytes));
