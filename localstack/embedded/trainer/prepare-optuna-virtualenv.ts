import type { PrepareOptions } from './prepare-trainer-virtualenv.ts';
import { type Extension, prepareExtension } from './virtualenv-with-additional-packages.ts';

const OPTUNA: Extension = { name: 'search', contents: 'Optuna', requirements: ['requirements-search.txt'] };

/**
 * Prepares a virtual environment that contains Optuna and also finds the trainer's packages. The trainer's own
 * environment does not change.
 *
 * @returns path of its Python
 * @throws the errors of prepareTrainer
 */
export const prepareSearch = (options: PrepareOptions): Promise<string> => prepareExtension(OPTUNA, options);
