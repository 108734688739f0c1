import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { BrickError } from '#domain/errors.ts';
import type { Model, ModelRuntime, Tensor } from '#ports/model-runtime.ts';

export class NotOnnx extends BrickError {
  override readonly code = 'BRICK_NOT_ONNX';
  constructor(bytes: number, cause: unknown) {
    super(
      {
        what: `a file of ${bytes} bytes is not a model that can be served`,
        why: 'it is not valid ONNX, or it needs an operator this runtime lacks',
        fix: 'Export the model again with the trainer and register that version',
      },
      { cause },
    );
  }
}

/** ONNX Runtime on the CPU, one thread per run: many small requests share the cores better than one run would. */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
};

export const onnxRuntime = (): ModelRuntime => ({
  load: async (bytes) => {
    const session = await InferenceSession.create(bytes, OPTIONS).catch((error: unknown) => {
      throw new NotOnnx(bytes.length, error);
    });
    return modelOf(session);
  },
});

const modelOf = (session: InferenceSession): Model => ({
  inputs: session.inputNames,
  run: async (inputs) => {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]));
    const outputs = await session.run(feeds);
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
  },
  [Symbol.asyncDispose]: () => session.release(),
});

const toOrt = ({ type, data, shape }: Tensor): OrtTensor => new OrtTensor(type, data, shape);

const fromOrt = ({ type, data, dims }: OrtTensor): Tensor =>
  type === 'int64'
    ? { type, data: data as BigInt64Array, shape: dims }
    : { type: 'float32', data: data as Float32Array, shape: dims };
