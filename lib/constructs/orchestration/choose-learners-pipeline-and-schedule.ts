import { createRequire } from 'node:module';
import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import {
  type FeaturesOn,
  pipelineDefinition,
  type StateMachineDefinition,
} from '../../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import { learnersFile } from '../../seam-aliases.ts';
import { nightly } from './nightly.ts';

/**
 * Returns the function that schedules the nightly runs: the learner's, if `agentbricks use 06.5` selected it. The file
 * runs in this process with the permissions of the person who runs `cdk synth`. Nothing confines it.
 *
 * @param root folder with `workspace/seams.json`
 * @throws SeamUnusable if the file cannot be loaded, or exports no function `nightly`
 */
export function nightlyInUse(root: string): typeof nightly {
  const file = learnersFile(root, 'nightly');
  if (file === undefined) return nightly;
  const loaded = usable(file, () => createRequire(import.meta.url)(file) as { readonly nightly?: typeof nightly });
  if (typeof loaded.nightly === 'function') return loaded.nightly;
  throw new SeamUnusable(file, 'it exports no function named nightly', FIX_THE_FILE);
}

/**
 * Returns the pipeline's state machine, from the learner's file if `agentbricks use 06.1` selected it.
 *
 * @param root folder with `workspace/seams.json`
 * @throws SeamUnusable if the file is not a JSON object with the state Features
 */
export function pipelineInUse(root: string, featuresOn: FeaturesOn): StateMachineDefinition {
  const file = learnersFile(root, 'pipeline');
  return file === undefined ? pipelineDefinition(featuresOn) : usable(file, () => pipelineDefinition(featuresOn, file));
}

function usable<Content>(file: string, read: () => Content): Content {
  try {
    return read();
  } catch (cause) {
    throw new SeamUnusable(file, `it cannot be loaded (${(cause as Error).message})`, FIX_THE_FILE, { cause });
  }
}
