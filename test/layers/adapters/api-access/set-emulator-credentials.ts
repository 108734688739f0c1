import { afterAll, beforeAll } from 'vitest';

const VARIABLES = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** Sets AWS credentials that only an emulator accepts, for the duration of the suite. */
export function withEmulatorCredentials(): void {
  const previous = new Map<string, string | undefined>();
  beforeAll(() => {
    for (const [name, value] of Object.entries(VARIABLES)) {
      previous.set(name, process.env[name]);
      process.env[name] = value;
    }
  });
  afterAll(() => {
    for (const [name, value] of previous) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}
