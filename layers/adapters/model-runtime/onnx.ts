import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { BrickError } from '#domain/core/brick-error.ts';
import type { Model, ModelRuntime, Tensor } from '#ports/model-runtime.ts';

export class NotOnnx extends BrickError {
  override readonly code = 'BRICK_NOT_ONNX';
  constructor(bytes: number, cause: unknown) {
    super(
      {
        what: `a model file of ${bytes} bytes cannot be loaded`,
        why: 'the file is not valid ONNX, or the model needs an operator that this ONNX Runtime does not support',
        fix: 'Train the model again, and use the new version',
      },
      { cause },
    );
  }
}

/**
 * Options of ONNX Runtime: on the CPU, one thread per run, because many small concurrent requests use all cores anyway.
 */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
};

type OnnxRuntime = typeof import('onnxruntime-node');

export const onnxRuntime = (): ModelRuntime => ({
  load: async (bytes) => {
    // A static import would fail in functions that load no model: their Lambda layers do not contain the package.
    const ort = await import('onnxruntime-node');
    const session = await ort.InferenceSession.create(bytes, OPTIONS).catch((error: unknown) => {
      throw new NotOnnx(bytes.length, error);
    });
    return modelOf(session, ort);
  },
});

const modelOf = (session: InferenceSession, { Tensor }: OnnxRuntime): Model => ({
  inputs: session.inputNames,
  run: async (inputs) => {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor, Tensor)]));
    const outputs = await session.run(feeds);
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
  },
  [Symbol.asyncDispose]: () => session.release(),
});

const toOrt = ({ type, data, shape }: Tensor, OfOrt: OnnxRuntime['Tensor']): OrtTensor => new OfOrt(type, data, shape);

const fromOrt = ({ type, data, dims }: OrtTensor): Tensor =>
  type === 'int64'
    ? { type, data: data as BigInt64Array, shape: dims }
    : { type: 'float32', data: data as Float32Array, shape: dims };
