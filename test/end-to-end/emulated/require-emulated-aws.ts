import { hasKafka, KAFKA_INSTALL_HINT } from '../../../localstack/servers/install-and-start-kafka.ts';
import { hasMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { describeWith } from '../../support/require-server.ts';

/** Returns `describe` for tests that need only an emulated AWS. */
export const describeEmulated = describeWith(
  'Kafka and MiniStack',
  hasKafka() && hasMiniStack(),
  `${KAFKA_INSTALL_HINT} MiniStack is installed from PyPI if Python 3 is available.`,
);
