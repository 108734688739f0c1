import { afterAll, beforeAll } from 'vitest';
import { type EmulatedAws, emulatedAws } from '../../localstack/emulated/emulated-aws.ts';
import { platformSuite } from '../end-to-end/platform.ts';
import { describeWith } from '../requirement.ts';
import { HOW_KAFKA, hasKafka } from '../servers/kafka.ts';
import { hasMiniStack } from '../servers/ministack.ts';

describeWith(
  'Kafka and MiniStack',
  hasKafka() && hasMiniStack(),
  `${HOW_KAFKA} MiniStack is fetched from PyPI when Python 3 is there.`,
)('every stack, deployed to an emulated AWS', () => {
  let aws: EmulatedAws;

  beforeAll(async () => {
    aws = await emulatedAws({ onStep: (step) => process.stderr.write(`emulated AWS: ${step}\n`) });
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  platformSuite('the emulated AWS', async () => ({ baseUrl: aws.baseUrl, close: async () => {} }));
});
