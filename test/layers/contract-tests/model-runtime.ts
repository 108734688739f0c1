import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelRuntime } from '#ports/model-runtime.ts';

/** Model that doubles `features`, (n,) float32, and copies `history`, (1, 2) int64. Source: fixtures/make.py */
const TINY = readFileSync(join(import.meta.dirname, 'fixtures/tiny.onnx'));
const inputs = (features: number[], history: [number, number]) => ({
  features: { type: 'float32', data: Float32Array.from(features), shape: [features.length] } as const,
  history: { type: 'int64', data: BigInt64Array.from(history, BigInt), shape: [1, 2] } as const,
});

/** Defines the contract of every model runtime. */
export const modelRuntimeContract = (name: string, runtime: ModelRuntime) =>
  describe(`${name} is a model runtime`, () => {
    it('lists the inputs, and runs the model with inputs of any length', async () => {
      await using model = await runtime.load(TINY);
      expect([...model.inputs].sort()).toEqual(['features', 'history']);
      for (const features of [[1], [0.5, -2, 3]]) {
        const { doubled, echoed } = await model.run(inputs(features, [7, 0]));
        expect(doubled).toEqual({
          type: 'float32',
          data: Float32Array.from(features, (x) => 2 * x),
          shape: [features.length],
        });
        expect(echoed).toEqual({ type: 'int64', data: BigInt64Array.from([7n, 0n]), shape: [1, 2] });
      }
    });

    it('supports independent concurrent runs', async () => {
      await using model = await runtime.load(TINY);
      const runs = await Promise.all([1, 2, 3, 4].map((x) => model.run(inputs([x], [x, x]))));
      expect(runs.map(({ doubled }) => Number(doubled?.data[0]))).toEqual([2, 4, 6, 8]);
    });

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['text', Buffer.from('not a model')],
      ['half a model', TINY.subarray(0, TINY.length / 2)],
    ])('rejects %s', async (_, bytes) => {
      await expect(runtime.load(bytes)).rejects.toMatchObject({ code: 'BRICK_NOT_ONNX' });
    });
  });
