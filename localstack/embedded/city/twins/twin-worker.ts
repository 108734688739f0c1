import { parentPort, workerData } from 'node:worker_threads';
import { simulateTwin, type TwinResult, type TwinTask } from './simulate-twin-in-forked-world.ts';

export type TwinMessage =
  | { readonly kind: 'day'; readonly day: number; readonly sessions: number }
  | ({ readonly kind: 'done' } & TwinResult);

const send = (message: TwinMessage) => parentPort?.postMessage(message);
const result = await simulateTwin(workerData as TwinTask, (day, sessions) => send({ kind: 'day', day, sessions }));
send({ kind: 'done', ...result });
