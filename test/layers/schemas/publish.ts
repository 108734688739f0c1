import { breaks, currentSchemas, publish, publishedSchemas } from './published.ts';

/** `npm run schemas`: writes down the schemas of events as they are now, unless that breaks with those written before. */
const current = currentSchemas();
const faults = breaks(publishedSchemas(), current);
if (faults.length > 0) {
  process.stderr.write(
    `${faults.join('\n')}\n\nClients and readers rely on this. Leave the schema, and add a version beside it ` +
      '(docs/decisions/0009-versions-of-events.md).\n',
  );
  process.exitCode = 1;
} else publish(current);
