import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  type StackResource,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Credentials, signed } from '#adapters/api-client/create-auth-headers.ts';
import { API_KEY_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import { type Brick, type TriggerName, triggers } from '../../functions/triggers.ts';
import type { InvokeFunction } from '../embedded/aws/api-gateway.ts';
import type { CloudSettings } from './emulator-client-settings.ts';

/** Looks up deployed resources by the names that the stacks give them. */
export interface Cloud extends Disposable {
  readonly invoke: InvokeFunction;
  /** Returns the value of an SSM parameter. */
  parameter(name: string): Promise<string>;
  /** Returns the URL that serves a path of the public APIs. */
  apiUrl(path: string): Promise<string>;
  /** Returns authentication headers: a tenant's API key, or a signature if there are no keys. */
  readonly credentials: Credentials;
  /** Returns a stack's resources of one type. */
  resources(stack: string, type: string): Promise<readonly StackResource[]>;
}

const LAMBDA = 'AWS::Lambda::Function';
/** Stage name of each kind of API. */
const STAGES = { 'AWS::ApiGatewayV2::Api': '$default', 'AWS::ApiGateway::RestApi': 'live' } as const;
const RECOMMENDATIONS = '/v1/recommendations';

export function emulatedCloud(settings: CloudSettings): Cloud {
  const [lambda, ssm] = [new LambdaClient(settings), new SSMClient(settings)];
  const secrets = new SecretsManagerClient(settings);
  const signature = signed({ region: settings.region, credentials: async () => settings.credentials });
  const cloudFormation = new CloudFormationClient(settings);
  const parameter = async (name: string) =>
    (await ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value as string;
  const resources: Cloud['resources'] = async (stack, type) => {
    const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stack }));
    return StackResources.filter(({ ResourceType }) => ResourceType === type);
  };
  const functionName = async (name: TriggerName): Promise<string> => {
    const logicalId = new RegExp(`^${pascal(name)}[0-9A-F]{8}$`);
    const found = (await resources(stackOf(triggers[name].brick), LAMBDA)).find(({ LogicalResourceId = '' }) =>
      logicalId.test(LogicalResourceId),
    );
    if (!found?.PhysicalResourceId) throw new Error(`the function ${name} is not deployed`);
    return found.PhysicalResourceId;
  };
  return {
    parameter,
    resources,
    apiUrl: async (path) => {
      const stack = path.startsWith(RECOMMENDATIONS) ? 'Recommendation' : 'DataCollection';
      for (const [type, stage] of Object.entries(STAGES)) {
        const [api] = await resources(stack, type);
        if (api) return `${settings.endpoint}/_aws/execute-api/${api.PhysicalResourceId}/${stage}${path}`;
      }
      throw new Error(`the stack ${stack} has no API`);
    },
    credentials: async (url, request) => {
      const [keys] = await resources('Foundation', 'AWS::SecretsManager::Secret');
      if (!keys) return signature(url, request);
      const asked = new GetSecretValueCommand({ SecretId: keys.PhysicalResourceId });
      const { SecretString = '{}' } = await secrets.send(asked);
      const [key = ''] = Object.values(JSON.parse(SecretString) as Record<string, string>);
      return { [API_KEY_HEADER]: key };
    },
    invoke: async (name, event) => {
      const asked = { FunctionName: await functionName(name), Payload: JSON.stringify(event) };
      const { FunctionError, Payload } = await lambda.send(new InvokeCommand(asked));
      const text = Buffer.from(Payload ?? []).toString('utf8');
      if (FunctionError) throw new Error(`${name}: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    },
    [Symbol.dispose]: () => {
      for (const client of [lambda, ssm, secrets, cloudFormation]) client.destroy();
    },
  };
}

const pascal = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/** Returns the stack of a brick, which has the brick's name. */
const stackOf = (brick: Brick): string => pascal(brick);
