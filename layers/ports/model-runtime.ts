/** A tensor, row by row. `shape` lists its dimensions; their product is the length of `data`. */
export type Tensor =
  | { readonly type: 'float32'; readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly shape: readonly number[] };

/**
 * A loaded model. Concurrent runs are independent.
 *
 * test/layers/contract-tests/model-runtime.ts tests this contract.
 */
export interface Model extends AsyncDisposable {
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** Runs the model and returns its outputs by name. @param inputs one tensor per name in `inputs` */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** Loads models in the ONNX format. It accepts no other format, because others, such as pickle, can contain code. */
export interface ModelRuntime {
  /** Loads a model into memory. @param onnx bytes of an ONNX file @throws NotOnnx if the bytes are not a valid model */
  load(onnx: Uint8Array): Promise<Model>;
}
