import { currentSchemas, incompatibleChanges, publish, publishedSchemas } from './compare-published-schemas.ts';

/** `npm run schemas`: publishes the current event schemas, unless a change is incompatible with the published ones. */
const current = currentSchemas();
const problems = incompatibleChanges(publishedSchemas(), current);
if (problems.length > 0) {
  process.stderr.write(
    `${problems.join('\n')}\n\nThe published schemas are unchanged, because clients and consumers rely on them. ` +
      'Add a new version of the event instead (docs/decisions/0009-versions-of-events.md).\n',
  );
  process.exitCode = 1;
} else publish(current);
