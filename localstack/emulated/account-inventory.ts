import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import { paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { paginateDescribeParameters, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudSettings } from './emulator-client-settings.ts';

/** Matches names of resources that `cdk bootstrap` creates. They belong to the account and remain after a destroy. */
const BOOTSTRAP = /cdk-|CDKToolkit/;

export interface Inventory {
  /** Returns the names of all existing stacks, sorted. */
  stacks(): Promise<readonly string[]>;
  /** Returns the names of all resources that store data, run, or are looked up by others. */
  everything(): Promise<readonly string[]>;
}

/**
 * Lists the account's resources through each service's API, and thus also finds resources that CloudFormation lost.
 */
export function inventory(settings: CloudSettings): Inventory {
  const stacks = async () => {
    const names: (string | undefined)[] = [];
    const client = new CloudFormationClient(settings);
    for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
      names.push(...Stacks.map(({ StackName }) => StackName));
    }
    return ours(names).sort();
  };
  return {
    stacks,
    everything: async () => [
      ...(await stacks()),
      ...ours(await functions(settings)),
      ...ours(await buckets(settings)),
      ...ours(await tables(settings)),
      ...ours(await machines(settings)),
      ...ours(await topics(settings)),
      ...ours(await parameters(settings)),
    ],
  };
}

type Names = Promise<(string | undefined)[]>;

const ours = (names: readonly (string | undefined)[]): string[] =>
  names.filter((name) => name !== undefined).filter((name) => !BOOTSTRAP.test(name));

async function functions(settings: CloudSettings): Names {
  const pages = paginateListFunctions({ client: new LambdaClient(settings) }, {});
  return (await Array.fromAsync(pages)).flatMap(({ Functions = [] }) => Functions.map((found) => found.FunctionName));
}

async function buckets(settings: CloudSettings): Names {
  const client = new S3Client({ ...settings, forcePathStyle: true });
  return ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);
}

async function tables(settings: CloudSettings): Names {
  const pages = paginateListTables({ client: new DynamoDBClient(settings) }, {});
  return (await Array.fromAsync(pages)).flatMap(({ TableNames = [] }) => TableNames);
}

async function machines(settings: CloudSettings): Names {
  const pages = paginateListStateMachines({ client: new SFNClient(settings) }, {});
  return (await Array.fromAsync(pages)).flatMap(({ stateMachines = [] }) => stateMachines.map(({ name }) => name));
}

async function topics(settings: CloudSettings): Names {
  const pages = paginateListTopics({ client: new SNSClient(settings) }, {});
  return (await Array.fromAsync(pages)).flatMap(({ Topics = [] }) => Topics.map(({ TopicArn }) => TopicArn));
}

async function parameters(settings: CloudSettings): Names {
  const pages = paginateDescribeParameters({ client: new SSMClient(settings) }, {});
  return (await Array.fromAsync(pages)).flatMap(({ Parameters = [] }) => Parameters.map(({ Name }) => Name));
}
