import { HOW_KAFKA, hasKafka } from '../../../localstack/servers/kafka.ts';
import { hasMiniStack } from '../../../localstack/servers/ministack.ts';
import { describeWith } from '../../support/require-server.ts';

/** `describe` of what needs an emulated AWS, and nothing more. */
export const describeEmulated = describeWith(
  'Kafka and MiniStack',
  hasKafka() && hasMiniStack(),
  `${HOW_KAFKA} MiniStack is fetched from PyPI when Python 3 is there.`,
);
