import middy from '@middy/core';
import { observed } from '#adapters/lambda/observed.ts';
import type { PipelineInput } from '#domain/pipeline.ts';
import type { Ports } from '#ports/index.ts';
import { materialise } from '../online.ts';
import { type BuiltFeatures, buildRun } from './build-run.ts';

type FeaturePorts = Pick<Ports, 'lake' | 'features' | 'telemetry' | 'now'>;

/** State Features: writes a run's training data to the lake and its features to the online table. */
export const buildFeatures = (ports: FeaturePorts) =>
  middy()
    .use(observed<PipelineInput, BuiltFeatures>(ports.telemetry, 'build-features'))
    .handler(async ({ runId, asOf }: PipelineInput): Promise<BuiltFeatures> => {
      const built = await buildRun(ports, runId, asOf);
      await materialise(ports, asOf);
      return built;
    });
