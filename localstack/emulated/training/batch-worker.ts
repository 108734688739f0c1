import { resolve } from 'node:path';
import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { run } from '../../embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../embedded/trainer/prepare-trainer-virtualenv.ts';
import type { CloudSettings } from '../emulator-client-settings.ts';
import type { Cloud } from '../find-and-call-deployed-resources.ts';
import type { TrainerPython } from './prepare-trainer-python.ts';
import { jobParameter } from './replace-batch-jobs-by-queued-worker-tasks.ts';

interface Options {
  readonly cloud: Pick<Cloud, 'parameter'>;
  readonly settings: CloudSettings;
  /** Environment variables that point the trainer's AWS SDK to the emulator. */
  readonly environment: Readonly<Record<string, string>>;
  /** Python for the trainer. @default - every job fails with an explanation */
  readonly python?: () => Promise<TrainerPython>;
  readonly onLine: (line: string) => void;
}

/** A job as Batch would receive it: its definition and the parameters of one run. */
interface Job {
  readonly JobName: string;
  readonly JobDefinition: string;
  readonly Parameters: Readonly<Record<string, string>>;
}
interface Container {
  readonly command: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}

interface TrainWorker extends AsyncDisposable {
  readonly queueUrl: string;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const WAIT_SECONDS = 1;
/** Number of output lines in a failure's cause. They include the error message, which Node prints above the stack. */
const LAST_LINES = 20;

/** Emulates AWS Batch: runs the job definition's command in the trainer's environment, one job at a time. */
export async function trainWorker(options: Options): Promise<TrainWorker> {
  const stopped = new AbortController();
  const [queue, workflow] = [new SQSClient(options.settings), new SFNClient(options.settings)];
  const { QueueUrl = '' } = await queue.send(new CreateQueueCommand({ QueueName: 'agentbricks-trainer' }));
  const work = async () => {
    while (!stopped.signal.aborted) {
      const { Messages = [] } = await queue.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: WAIT_SECONDS }),
      );
      for (const message of Messages) {
        await queue.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
        await answer(message);
      }
    }
  };
  const answer = async ({ Body = '' }: Message) => {
    const { token: taskToken, job } = JSON.parse(Body) as { token: string; job: Job };
    try {
      await train(job, options, stopped.signal);
      const output = JSON.stringify({ JobId: job.JobName });
      await workflow.send(new SendTaskSuccessCommand({ taskToken, output }));
    } catch (error) {
      const failed = { taskToken, error: 'States.TaskFailed', cause: (error as Error).message };
      await workflow.send(new SendTaskFailureCommand(failed));
    }
  };
  const ended = work();
  return {
    queueUrl: QueueUrl,
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await ended;
      queue.destroy();
      workflow.destroy();
    },
  };
}

async function train(
  { JobDefinition, Parameters }: Job,
  { cloud, environment, python, onLine }: Options,
  signal: AbortSignal,
) {
  const container = JSON.parse(await cloud.parameter(jobParameter(JobDefinition))) as Container;
  const command = container.command.map((word) => Parameters[word.replace(/^Ref::/, '')] ?? word);
  const told = Object.fromEntries(container.environment.map(({ name, value }) => [name, value]));
  const { program, args, cwd, env } = await entryOf(command, python);
  const ended = await run(program, args, { cwd, env: { ...environment, ...env, ...told }, onLine, signal });
  if (ended.status !== 0) throw new Error(ended.tail.slice(-LAST_LINES).join('\n'));
}

/**
 * Returns the program for a container's command. The functions' image starts a Node file (functions/Dockerfile), the trainer's
 * image its Python package.
 */
async function entryOf(command: readonly string[], python: Options['python']) {
  if (command[0]?.endsWith('.ts')) return { program: process.execPath, args: command, cwd: ROOT, env: {} };
  if (!python) throw new Error('no Python was configured for the trainer');
  const { path: program, env } = await python();
  return { program, args: ['-m', 'agentbricks_trainer', ...command], cwd: TRAINER_PACKAGE, env };
}
