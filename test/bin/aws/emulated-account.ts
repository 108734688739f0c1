import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll } from 'vitest';
import { type MiniStack, startMiniStack } from '../../../localstack/servers/ministack.ts';
import { emulatedAws } from '../../layers/adapters/api-access/aws-clients.ts';

const PATIENCE_SECONDS = 30;

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;

/** Makes a stack with these resources, as if it had been deployed. */
export async function standing(name: string, resources: Resources): Promise<void> {
  const client = new CloudFormationClient({});
  await client.send(
    new CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify({ Resources: resources }) }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: PATIENCE_SECONDS, minDelay: 0.1 }, { StackName: name });
}

export async function tell(name: string, value: string): Promise<void> {
  await new SSMClient({}).send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
}

/** Points every AWS SDK of this suite, and of the processes it starts, to an empty account of MiniStack. */
export function emulatedAccount(): { readonly endpoint: () => string } {
  let server: MiniStack | undefined;
  emulatedAws();
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
