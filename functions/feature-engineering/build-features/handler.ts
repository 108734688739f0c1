import middy from '@middy/core';
import { observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { buildFeaturesOf, type FeaturePorts } from './build-training-data-and-online-features.ts';
import type { BuiltFeatures } from './write-run-files.ts';

/** Handles state Features: writes the run's training data to the lake, and the features to the online table. */
export const buildFeatures = (ports: FeaturePorts) =>
  middy()
    .use(observed<PipelineInput, BuiltFeatures>(ports.telemetry, 'build-features'))
    .handler((input: PipelineInput) => buildFeaturesOf(ports, input));
