import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateDescribeStacks,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import { awsRequest } from './explain-aws-errors.ts';
import type { Template } from './synthesise-templates.ts';

export interface DeployedStack {
  readonly name: string;
  /** CloudFormation's status, such as CREATE_COMPLETE. */
  readonly status: string;
  readonly reason?: string;
  /** UTC epoch milliseconds. */
  readonly changedAt: number;
}

/** Returns functions that read stacks from CloudFormation, in the region and account that the environment sets. */
export function stacksOf(client = new CloudFormationClient({})) {
  return {
    /** Returns the deployed stacks that have one of these names. @throws AwsRequestFailed */
    deployed: async (names: readonly string[]): Promise<DeployedStack[]> => {
      const found: Stack[] = [];
      const read = async () => {
        for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) found.push(...Stacks);
      };
      await awsRequest('CloudFormation did not list the stacks', read());
      return found.flatMap((stack) => (names.includes(stack.StackName ?? '') ? deployedStack(stack) : []));
    },
    /** Returns the template that was deployed. @throws AwsRequestFailed */
    template: async (name: string): Promise<Template> => {
      const command = new GetTemplateCommand({ StackName: name });
      const { TemplateBody = '{}' } = await awsRequest(
        `CloudFormation did not return the template of ${name}`,
        client.send(command),
      );
      // CDK uploads the template as YAML, not as JSON.
      return parse(TemplateBody) as Template;
    },
    /** Returns the physical names of a stack's resources by logical id. @throws AwsRequestFailed */
    resources: async (name: string): Promise<ReadonlyMap<string, string>> => {
      const found = new Map<string, string>();
      const read = async () => {
        for await (const page of paginateListStackResources({ client }, { StackName: name }))
          for (const { LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? [])
            found.set(LogicalResourceId, PhysicalResourceId);
      };
      await awsRequest(`CloudFormation did not list the resources of ${name}`, read());
      return found;
    },
  };
}

const DELETED = 'DELETE_COMPLETE';

/** Returns an array with the stack, or an empty array if the stack was deleted. */
const deployedStack = ({
  StackName = '',
  StackStatus = 'CREATE_IN_PROGRESS',
  StackStatusReason,
  ...times
}: Stack): DeployedStack[] =>
  StackStatus === DELETED
    ? []
    : [
        {
          name: StackName,
          status: StackStatus,
          ...(StackStatusReason ? { reason: StackStatusReason } : {}),
          changedAt: (times.LastUpdatedTime ?? times.CreationTime)?.getTime() ?? 0,
        },
      ];
