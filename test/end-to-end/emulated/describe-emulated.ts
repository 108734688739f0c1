import { hasKafka, KAFKA_INSTALL_HINT } from '../../../localstack/servers/kafka.ts';
import { hasMiniStack } from '../../../localstack/servers/ministack.ts';
import { describeWith } from '../../support/require-server.ts';

/** `describe` of what needs an emulated AWS, and nothing more. */
export const describeEmulated = describeWith(
  'Kafka and MiniStack',
  hasKafka() && hasMiniStack(),
  `${KAFKA_INSTALL_HINT} MiniStack is fetched from PyPI when Python 3 is there.`,
);
