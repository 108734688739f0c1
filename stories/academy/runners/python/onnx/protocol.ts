import { z } from 'zod';

/** An input of a network. */
export interface WireTensor {
  readonly type: 'float32' | 'int64';
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Inputs of one run, by name. */
export type Feeds = Readonly<Record<string, WireTensor>>;

export interface OnnxRequest {
  /** Path of ONNX Runtime's package. */
  readonly runtime: string;
  /** The file, base64. */
  readonly model: string;
  readonly runs: readonly Feeds[];
}

const MAX_TEXT = 10_000;
const MAX_NAMES = 100;
const Names = z.array(z.string().max(MAX_TEXT)).max(MAX_NAMES);
const Output = z.object({
  name: z.string().max(MAX_TEXT),
  type: z.string().max(MAX_TEXT),
  shape: z.array(z.int().nonnegative()).max(MAX_NAMES),
  /** Numbers of a float32 output, base64. Empty for other types. */
  data: z.base64(),
});
export const OnnxReport = z.object({
  inputs: Names,
  outputs: Names,
  runs: z.array(z.union([z.object({ outputs: z.array(Output) }), z.object({ error: z.string().max(MAX_TEXT) })])),
  /** Why ONNX Runtime did not load the file. */
  error: z.string().max(MAX_TEXT).optional(),
});
/** What the confined process reports about a file. */
export type OnnxReport = z.infer<typeof OnnxReport>;
