import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll } from 'vitest';
import { type MiniStack, startMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { withEmulatorCredentials } from '../../layers/adapters/api-access/set-emulator-credentials.ts';

const MAX_WAIT_SECONDS = 30;

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;

/** Creates a stack with these resources, as a deployment would. */
export async function deployStack(name: string, resources: Resources): Promise<void> {
  const client = new CloudFormationClient({});
  await client.send(
    new CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify({ Resources: resources }) }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 0.1 }, { StackName: name });
}

/** Writes an SSM parameter. */
export async function putParameter(name: string, value: string): Promise<void> {
  await new SSMClient({}).send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
}

/** Points every AWS SDK of this suite and of its child processes to an empty account of MiniStack. */
export function emulatedAccount(): { readonly endpoint: () => string } {
  let server: MiniStack | undefined;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
    process.env.AWS_ENDPOINT_URL = server.endpoint;
  });
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await server?.[Symbol.asyncDispose]();
  });
  return { endpoint: () => server?.endpoint ?? '' };
}
