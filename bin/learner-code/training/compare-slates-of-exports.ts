import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import type { TrainedFiles } from '#domain/events/all-bricks-seam-types.ts';
import type { LoadedVersion, ModelFiles } from '#model-registry/model-registry.ts';
import type { TrainerModules } from '../../../functions/platform/stage-trainer-with-learner-modules.ts';
import {
  type CallFailure,
  weeklyCalls,
} from '../../../localstack/embedded/host/learner-code/count-weekly-failures-until-reference-replaces.ts';
import {
  type ServedSlate,
  type ServedSlates,
  servedSlates,
} from '../../../localstack/embedded/studies/live-training/collect-slates-served-alone-and-batched.ts';
import { smallRun } from '../../../localstack/embedded/studies/live-training/simulate-city-and-write-training-data.ts';
import type { LivePorts } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import type {
  ExportedModelFigures,
  ExportedModelRequest,
} from '../../../stories/academy/judging/training-city-types.ts';
import { trainerPython } from '../../../stories/academy/runners/python/locate-trainer-files.ts';
import { fixtureModel } from '../../parity/fixture-model.ts';
import { runConfined } from './run-confined-trainer.ts';

const USERS = 48;
const NEWCOMERS = Array.from({ length: 8 }, (_, i) => `u-new-${i}`);
const ENTER_ONLY = 0o711;

class NoModelToExport extends BrickError {
  override readonly code = 'BRICK_NO_MODEL_TO_EXPORT';
  constructor(why: string) {
    super({
      what: 'the reference implementation trained no model for this check',
      why,
      fix: 'Run `npm start` until it prints "Trainer: ready", then run the check again',
    });
  }
}

/** A city with a trained model, and the slates that the service makes with the reference's export of the model. */
export interface CityWithModel {
  /** Folders of the city, of the training's data and of the trained model. */
  readonly folders: { readonly city: string; readonly data: string; readonly trained: string };
  /** End of the simulated time, UTC epoch milliseconds. */
  readonly asOf: number;
  readonly titles: readonly string[];
  /** Users who have played a title. */
  readonly known: readonly string[];
  readonly slates: ServedSlates;
}

/**
 * Simulates a small city, and trains a model in it.
 *
 * @param folder a folder that does not exist
 * @throws NoModelToExport
 */
export async function cityWithModel(
  size: Omit<ExportedModelRequest, 'file'>,
  folder: string,
  onProgress: LivePorts['onProgress'],
): Promise<CityWithModel> {
  await mkdir(folder);
  await chmod(folder, ENTER_ONLY);
  const [city, data, trained] = [resolve(folder, 'city'), resolve(folder, 'data'), resolve(folder, 'trained')];
  const onDay = (day: number) => onProgress(`the city: day ${day} of ${size.days}`);
  const { asOf, players } = await smallRun(size, city, data, onDay);
  onProgress('the model');
  const { reference, titles } = await trainedModel(data, trained);
  const known = players.slice(0, USERS);
  const slates = await servedSlates(city, reference, [...known, ...NEWCOMERS], () => asOf);
  return { folders: { city, data, trained }, asOf, titles, known, slates };
}

/**
 * Exports a city's model with the learner's module, in a confined process, and compares the slates that the service
 * makes with this export and with the reference's.
 */
export async function compareExport(
  { folders: { city, data, trained }, asOf, titles, known, slates: right }: CityWithModel,
  file: string,
  onProgress: LivePorts['onProgress'],
): Promise<ExportedModelFigures> {
  onProgress('your export');
  const calls = weeklyCalls('export', () => undefined);
  const mine = await learnersModel(file, titles, [data, trained]);
  calls.count('reason' in mine ? mine : undefined);
  onProgress('the slates');
  const common = { users: known.length, newcomers: NEWCOMERS.length, reference: sideOf(right), code: calls.status() };
  if ('reason' in mine) return common;
  const yours = await servedSlates(city, mine, [...known, ...NEWCOMERS], () => asOf);
  const other = (from: number, to?: number) => otherTitles(yours.alone.slice(from, to), right.alone.slice(from, to));
  const lists = { otherTitles: other(0, known.length), otherTitlesOfNewcomers: other(known.length) };
  return { ...common, yours: { ...sideOf(yours), ...lists } };
}

/** Runs a command of inside/train_or_export_stored_model.py. The first of the folders contains the run's data. */
async function runCommand(name: 'fit' | 'export', folders: readonly string[], modules: TrainerModules = {}) {
  const python = trainerPython()?.command;
  if (!python) throw new NoModelToExport("the trainer's Python environment does not exist");
  const { signal } = new AbortController();
  const run = { python, command: [name, ...folders], readable: folders, onLine: () => undefined, signal };
  return await runConfined(modules, run);
}

/** Trains a model, and writes it to a folder for the learner's export. @throws NoModelToExport */
async function trainedModel(data: string, trained: string) {
  const fitted = await runCommand('fit', [data]);
  if ('failure' in fitted) throw new NoModelToExport(`the training ${fitted.failure.reason}`);
  await mkdir(trained);
  await writeFile(join(trained, 'fitted.pt'), fitted.files.get('fitted.pt') ?? '');
  const titles = JSON.parse(Buffer.from(fitted.files.get('titles.json') ?? '[]').toString()) as string[];
  const reference = modelOf(fitted.files, titles);
  if (typeof reference === 'string') throw new NoModelToExport(`the training wrote no ${reference}`);
  return { reference, titles };
}

async function learnersModel(
  file: string,
  titles: readonly string[],
  folders: readonly string[],
): Promise<LoadedVersion | CallFailure> {
  const exported = await runCommand('export', folders, { export: file });
  if ('failure' in exported) return exported.failure;
  const model = modelOf(exported.files, titles);
  return typeof model === 'string' ? { reason: `wrote no ${model}`, endedProcess: false } : model;
}

/** Returns a model that the registry accepts, or the name of a file that is missing. */
function modelOf(files: TrainedFiles, titles: readonly string[]): LoadedVersion | string {
  const { manifest } = fixtureModel();
  const missing = manifest.files.find(({ path }) => !files.has(path));
  if (missing) return missing.path;
  const described = manifest.files.map(({ role, path }) => {
    const content = files.get(path) as Uint8Array;
    return { role, path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), content };
  });
  const version = createHash('sha256')
    .update(described.map(({ sha256 }) => sha256).join(''))
    .digest('hex')
    .slice(0, 12);
  const contents = Object.fromEntries(described.map(({ role, content }) => [role, content])) as unknown as ModelFiles;
  const entries = described.map(({ content: _, ...entry }) => entry);
  return { manifest: { ...manifest, version, titles: [...titles], index: undefined, files: entries }, files: contents };
}

const sideOf = ({ alone, together }: ServedSlates) => ({
  degraded: alone.slice(0, -NEWCOMERS.length).filter(({ byModel }) => !byModel).length,
  dependOnBatch: alone.filter(({ titleIds }, i) => titleIds.join() !== together[i]?.titleIds.join()).length,
});

/** Returns the mean number of titles of the reference's slate that the learner's slate lacks. */
function otherTitles(yours: readonly ServedSlate[], reference: readonly ServedSlate[]): number {
  const lacking = reference.map(({ titleIds }, i) => titleIds.filter((id) => !yours[i]?.titleIds.includes(id)).length);
  return lacking.reduce((sum, count) => sum + count, 0) / Math.max(1, lacking.length);
}
