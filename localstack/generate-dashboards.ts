import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generated } from './generated-files.ts';

/** `npm run dashboards`: writes Grafana's dashboards. */
for (const [path, text] of generated()) {
  writeFileSync(join(import.meta.dirname, path), text);
  process.stderr.write(`wrote localstack/${path}\n`);
}
