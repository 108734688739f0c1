import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepFunctions } from '#adapters/workflow/step-functions.ts';
import { DAY, dayOf, HOUR, MINUTE } from '#domain/core/time.ts';
import { API_KEY_HEADER, CollectReply, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { awsBackfill } from '../../../bin/commands/aws/start-pipeline-backfill.ts';
import { worldOn } from '../../../bin/parity/deploy-or-open-emulated-world.ts';
import { LEAST_REQUESTS } from '../../../functions/monitoring/burn-windows.ts';
import { SLOS } from '../../../functions/monitoring/service-level-objectives.ts';
import type { SloStatus } from '../../../functions/monitoring/watch-slo/handler.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { type EmulatedAws, emulatedAws } from '../../../localstack/emulated/deploy-system-to-emulated-aws.ts';
import { arnOf } from '../../../localstack/emulated/emulator-client-settings.ts';
import { trainerPython } from '../../../localstack/emulated/training/prepare-trainer-python.ts';
import { hasKafka, KAFKA_INSTALL_HINT } from '../../../localstack/servers/install-and-start-kafka.ts';
import { hasMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { withEmulatorCredentials } from '../../layers/adapters/api-access/set-emulator-credentials.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { screen } from '../../support/recording-terminal.ts';
import { describeWith } from '../../support/require-server.ts';
import { platformSuite } from '../test-any-deployment-over-http.ts';
import { isToTaste, tastes, userOf } from './one-genre-fans.ts';
import { liveAt } from './write-past-day-into-lake.ts';

const scheduled = (Object.entries(triggers) as [TriggerName, Trigger][])
  .filter(([, { on }]) => on.kind === 'schedule')
  .map(([name]) => name);
const START = Date.UTC(2026, 0, 5);
const SLOWLY = { timeout: 280_000, interval: 500 };
const say = (line: string) => void process.stderr.write(`emulated AWS: ${line}\n`);
const python = async () => trainerPython({ folder: await sharedTrainer(), onStep: say });

describeWith(
  'Kafka, MiniStack and Python',
  hasKafka() && hasMiniStack() && (await hasPython()),
  `${KAFKA_INSTALL_HINT} MiniStack is fetched from PyPI when Python 3 is there.`,
)('every stack, deployed to an emulated AWS', () => {
  let aws: EmulatedAws;
  withEmulatorCredentials();
  beforeAll(async () => {
    aws = await emulatedAws({ onStep: say, python });
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  const post = async (events: readonly unknown[]) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${aws.baseUrl}/v1/events`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ events }),
    });
    return CollectReply.parse(await answer.json());
  };
  const recommend = async (userId: string) =>
    RecommendReply.parse(await (await fetch(`${aws.baseUrl}/v1/recommendations?userId=${userId}&k=10`)).json());

  platformSuite('the emulated AWS', async () => ({
    baseUrl: aws.baseUrl,
    settle: () => aws.settle(),
    close: async () => {},
  }));

  describe('who calls', () => {
    const path = '/v1/recommendations?userId=a';
    const ask = async (headers: Readonly<Record<string, string>>) =>
      (await fetch(await aws.cloud.apiUrl(path), { headers })).status;

    it.each<[string, Readonly<Record<string, string>>]>([
      ['no key', {}],
      ['a wrong key', { [API_KEY_HEADER]: 'nobody-has-this-key-of-ours' }],
    ])('is rejected with %s', async (_, headers) => {
      expect([401, 403]).toContain(await ask(headers));
    });

    it('is accepted with the key that the deployment generated', async () => {
      const url = new URL(await aws.cloud.apiUrl(path));
      expect(await ask(await aws.cloud.credentials(url, { method: 'GET', path }))).toBe(200);
    });
  });

  describe('the pipeline', () => {
    let run: WorkflowRun | undefined;
    const outputs = () => run?.output as unknown as { readonly evaluate: { readonly version: string } };

    it('turns the event log into a new champion', async () => {
      for (const events of tastes(Date.now)) {
        expect(await post(events)).toEqual({ accepted: events.length, duplicates: 0, rejected: [] });
      }
      await aws.settle();
      const [machine] = await aws.cloud.resources('Orchestration', 'AWS::StepFunctions::StateMachine');
      const { endpoint } = aws;
      await using workflow = stepFunctions({ stateMachineArn: machine?.PhysicalResourceId as string, endpoint });
      await workflow.start('run-1', { asOf: Date.now(), seed: 1, leaveOneOut: false });
      const status = async () => {
        run = await workflow.describe('run-1');
        return run?.status;
      };
      await expect.poll(status, SLOWLY).not.toBe('RUNNING');
      expect(run).toMatchObject({ status: 'SUCCEEDED', output: { gate: { promote: true } } });
    });

    it('changes the slates: the new model recommends titles of each user’s genre', async () => {
      const { version } = outputs().evaluate;
      await expect.poll(async () => (await recommend(userOf(0))).modelVersion, SLOWLY).toBe(version);
      const slates = await Promise.all(Array.from({ length: 20 }, (_, user) => recommend(userOf(user))));
      const shown = slates.flatMap(({ items }, user) => items.map(({ titleId }) => isToTaste(user, titleId)));
      // In random slates, the share would be about a tenth: of about 80 titles that a user has not played, 8 have the
      // user's genre.
      expect(shown.filter(Boolean).length / shown.length).toBeGreaterThan(0.4);
    });

    it('can be backfilled for a past day with `agentbricks backfill`, on the data known at its end', async () => {
      await using world = await worldOn(aws);
      const yesterday = Math.floor(Date.now() / DAY - 1) * DAY;
      await liveAt(yesterday + HOUR, world.stores.lake);
      const day = dayOf(yesterday);
      const { terminal, stdout } = screen();
      const options = { from: day, to: day, seed: 1, name: 'again', wait: true, json: true };
      const status = await awsBackfill(options, terminal);
      const runs = [{ runId: `${day}-again`, status: 'SUCCEEDED' }];
      expect(JSON.parse(stdout()), stdout()).toMatchObject({ status: 'SUCCEEDED', runs });
      expect(status).toBe(0);
      const registry = modelRegistry({ ...world.stores, now: Date.now });
      const trained = (await registry.versions()).find(({ runId }) => runId === `${day}-again`);
      expect((await registry.manifest(trained?.version ?? '')).asOf).toBe(yesterday + DAY);
    });
  });

  describe('a function without a route', () => {
    it('simulates an hour of the universe against the deployed service', async () => {
      const startAt = Math.floor(Date.now() / HOUR - 2) * HOUR;
      const shard = { seed: 1, agents: 120, titles: 40, startAt, from: 0, to: 120, hour: 0 };
      const lived = (await aws.invoke('live-shard', shard)) as { sessions: number; events: number };
      expect(lived.events).toBeGreaterThan(lived.sessions);
      expect(lived.sessions).toBeGreaterThan(0);
    });

    it('generates a universe into the lake without the recommendation service', async () => {
      const shard = { seed: 1, agents: 300, titles: 40, startAt: START, from: 0, to: 300, days: 1, shelf: 'talked' };
      expect(await aws.invoke('generate-shard', shard)).toMatchObject([{ events: expect.any(Number) }]);
    });

    it.each(scheduled)('%s can be invoked as by its schedule', async (name) => {
      expect(await aws.invoke(name, { source: 'aws.scheduler' })).toBeDefined();
    });
  });

  describe('an SLO that burns its budget', () => {
    it('is found by watch-slo, raises the alarm, and notifies subscribers', async () => {
      const { endpoint } = aws;
      const [watch, queue, topics] = [
        new CloudWatchClient({ endpoint }),
        new SQSClient({ endpoint }),
        new SNSClient({ endpoint }),
      ];
      const { QueueUrl = '' } = await queue.send(new CreateQueueCommand({ QueueName: 'on-call' }));
      const alarm = async () => {
        const { MetricAlarms = [] } = await watch.send(new DescribeAlarmsCommand({}));
        return MetricAlarms.find(({ MetricName }) => MetricName === 'SloBurning');
      };
      const [TopicArn] = (await alarm())?.AlarmActions ?? [];
      const Endpoint = arnOf('sqs', 'on-call');
      await topics.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));

      const count = (operation: string, name: string, value: number, at: number) => {
        const Dimensions = [
          ['service', 'agentbricks'],
          ['operation', operation],
        ].map(([Name, Value]) => ({ Name, Value }));
        const datum = { MetricName: name, Dimensions, Value: value, Timestamp: new Date(at) };
        return watch.send(new PutMetricDataCommand({ Namespace: 'AgentBricks', MetricData: [datum] }));
      };
      const [slo] = SLOS;
      for (const metric of [slo?.requests, slo?.bad]) {
        await count(slo?.operation ?? '', metric ?? '', LEAST_REQUESTS, Date.now() - 2 * MINUTE);
      }
      const statuses = (await aws.invoke('watch-slo', {})) as readonly SloStatus[];
      const burning = statuses.filter(({ burning }) => burning !== null);
      expect(burning.map(({ slo: { name } }) => name)).toEqual([slo?.name]);

      await count('watch-slo', 'SloBurning', burning.length, Date.now());
      await expect.poll(async () => (await alarm())?.StateValue, SLOWLY).toBe('ALARM');
      const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
      const { Message } = JSON.parse(Messages[0]?.Body ?? '{}') as { Message: string };
      expect(JSON.parse(Message)).toMatchObject({
        NewStateValue: 'ALARM',
        AlarmDescription: expect.stringContaining('watch-slo'),
      });
    });
  });

  describe('the deployment', () => {
    it('is deleted completely', async () => {
      expect(await aws.inventory.everything()).not.toEqual([]);
      await aws.cdk.destroy();
      expect(await aws.inventory.everything()).toEqual([]);
    });

    it('can be limited to one brick and its dependencies', async () => {
      await aws.cdk.deploy('DataCollection');
      expect(await aws.inventory.stacks()).toEqual(['DataCollection', 'Foundation']);
      const [events = []] = tastes(Date.now);
      expect(await post(events)).toMatchObject({ accepted: events.length });
    });

    it('can be repeated', async () => {
      await aws.cdk.deploy();
      expect(await aws.inventory.stacks()).toHaveLength(8);
      expect((await recommend('u-1')).policy).toBe('popular');
    });
  });
});
