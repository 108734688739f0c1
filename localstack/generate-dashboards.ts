import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generated } from './grafana/render-dashboard-files.ts';

/** Entry point of `npm run dashboards`: writes the JSON files of Grafana's dashboards. */
for (const [path, text] of generated()) {
  writeFileSync(join(import.meta.dirname, path), text);
  process.stderr.write(`wrote localstack/${path}\n`);
}
