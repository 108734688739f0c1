import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  type StackResource,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Brick, type TriggerName, triggers } from '../../functions/triggers.ts';
import type { InvokeFunction } from '../embedded/gateway.ts';
import type { CloudSettings } from './account.ts';

/** What was deployed, found by the names that the stacks give. */
export interface Cloud extends Disposable {
  readonly invoke: InvokeFunction;
  /** Value of an SSM parameter. */
  parameter(name: string): Promise<string>;
  /** URL that serves a path of the public APIs. */
  apiUrl(path: string): Promise<string>;
  /** The resources of a stack that have this type. */
  resources(stack: string, type: string): Promise<readonly StackResource[]>;
}

const LAMBDA = 'AWS::Lambda::Function';
const API = 'AWS::ApiGatewayV2::Api';
const RECOMMENDATIONS = '/v1/recommendations';

export function emulatedCloud(settings: CloudSettings): Cloud {
  const [lambda, ssm] = [new LambdaClient(settings), new SSMClient(settings)];
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
    if (!found?.PhysicalResourceId) throw new Error(`${name} is not deployed`);
    return found.PhysicalResourceId;
  };
  return {
    parameter,
    resources,
    apiUrl: async (path) => {
      const [api] = await resources(path.startsWith(RECOMMENDATIONS) ? 'Recommendation' : 'DataCollection', API);
      return `${settings.endpoint}/_aws/execute-api/${api?.PhysicalResourceId}/$default${path}`;
    },
    invoke: async (name, event) => {
      const asked = { FunctionName: await functionName(name), Payload: JSON.stringify(event) };
      const { FunctionError, Payload } = await lambda.send(new InvokeCommand(asked));
      const text = Buffer.from(Payload ?? []).toString('utf8');
      if (FunctionError) throw new Error(`${name}: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    },
    [Symbol.dispose]: () => {
      for (const client of [lambda, ssm, cloudFormation]) client.destroy();
    },
  };
}

const pascal = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/** Each brick is a stack of its own name. */
const stackOf = (brick: Brick): string => pascal(brick);
