import { describeWith } from '../requirement.ts';
import { HOW_KAFKA, hasKafka } from '../servers/kafka.ts';
import { hasMiniStack } from '../servers/ministack.ts';

/** `describe` of what needs an emulated AWS, and nothing more. */
export const describeEmulated = describeWith(
  'Kafka and MiniStack',
  hasKafka() && hasMiniStack(),
  `${HOW_KAFKA} MiniStack is fetched from PyPI when Python 3 is there.`,
);
