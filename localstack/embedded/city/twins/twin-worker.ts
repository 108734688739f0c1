import { parentPort, workerData } from 'node:worker_threads';
import { liveTwin, type TwinResult, type TwinTask } from './simulate-twin.ts';

export type TwinMessage =
  | { readonly kind: 'day'; readonly day: number; readonly sessions: number }
  | ({ readonly kind: 'done' } & TwinResult);

const tell = (message: TwinMessage) => parentPort?.postMessage(message);
const result = await liveTwin(workerData as TwinTask, (day, sessions) => tell({ kind: 'day', day, sessions }));
tell({ kind: 'done', ...result });
