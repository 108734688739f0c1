import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { descriptorsForConnections } from '../../../localstack/embedded/http/open-file-limit.ts';

describe('the limit on connections', () => {
  it('leaves file descriptors for the stores', () => {
    expect(descriptorsForConnections('unlimited')).toBe(Number.POSITIVE_INFINITY);
    expect(descriptorsForConnections(1_024)).toBe(512);
    expect(descriptorsForConnections(100)).toBe(64);
    const program = resolve('localstack/embedded/http/open-file-limit.ts');
    const source = `import { descriptorsForConnections } from ${JSON.stringify(program)}; console.log(descriptorsForConnections())`;
    const script = 'ulimit -n 700; exec "$0" --input-type=module -e "$1"';
    expect(execFileSync('sh', ['-c', script, process.execPath, source], { encoding: 'utf8' })).toBe('188\n');
  });
});
