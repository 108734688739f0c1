export type Tensor =
  | { readonly type: 'float32'; readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly shape: readonly number[] };

/** One loaded model. test/layers/contracts/model-runtime.ts says what an adapter must do. */
export interface Model extends AsyncDisposable {
  readonly inputs: readonly string[];
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** Loads ONNX and nothing else: no format that can carry code. */
export interface ModelRuntime {
  load(onnx: Uint8Array): Promise<Model>;
}
