import { IgnoreMode } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { functionsContext } from './stage-learners-code-in-images.ts';

/**
 * Returns the image of functions/Dockerfile; .dockerignore lists its content.
 *
 * @param root folder with `workspace/seams.json`, which names the learner's files that the image contains
 */
export const functionsImage = (root: string): ContainerImage =>
  ContainerImage.fromAsset(functionsContext(root), {
    file: 'functions/Dockerfile',
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
  });

/** Architecture of the image. It costs a fifth less than x86. */
export const FUNCTIONS_ARCHITECTURE = CpuArchitecture.ARM64;
