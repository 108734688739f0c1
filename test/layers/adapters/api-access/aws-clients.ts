import { afterAll, beforeAll } from 'vitest';

const VARIABLES = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** Gives the AWS SDK of this suite credentials that only an emulator takes. */
export function emulatedAws(): void {
  const kept = new Map<string, string | undefined>();
  beforeAll(() => {
    for (const [name, value] of Object.entries(VARIABLES)) {
      kept.set(name, process.env[name]);
      process.env[name] = value;
    }
  });
  afterAll(() => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}
