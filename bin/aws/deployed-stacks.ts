import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateDescribeStacks,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import { asked } from './aws-errors.ts';
import type { Template } from './stack-templates.ts';

export interface DeployedStack {
  readonly name: string;
  /** In CloudFormation's words, such as CREATE_COMPLETE. */
  readonly status: string;
  readonly reason?: string;
  /** UTC epoch milliseconds. */
  readonly changedAt: number;
}

/** CloudFormation, as far as the commands ask it. Region and login are the environment's. */
export function stacksOf(client = new CloudFormationClient({})) {
  return {
    /** What stands, of these names. @throws AwsRefused */
    deployed: async (names: readonly string[]): Promise<DeployedStack[]> => {
      const found: Stack[] = [];
      const read = async () => {
        for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) found.push(...Stacks);
      };
      await asked('CloudFormation does not tell which stacks there are', read());
      return found.flatMap((stack) => (names.includes(stack.StackName ?? '') ? standing(stack) : []));
    },
    /** The template that was deployed. @throws AwsRefused */
    template: async (name: string): Promise<Template> => {
      const command = new GetTemplateCommand({ StackName: name });
      const { TemplateBody = '{}' } = await asked(`CloudFormation does not tell what ${name} is`, client.send(command));
      // CDK sends YAML.
      return parse(TemplateBody) as Template;
    },
    /** Physical names of a stack's resources, by logical id. @throws AwsRefused */
    resources: async (name: string): Promise<ReadonlyMap<string, string>> => {
      const found = new Map<string, string>();
      const read = async () => {
        for await (const page of paginateListStackResources({ client }, { StackName: name }))
          for (const { LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? [])
            found.set(LogicalResourceId, PhysicalResourceId);
      };
      await asked(`CloudFormation does not tell what is in ${name}`, read());
      return found;
    },
  };
}

const GONE = 'DELETE_COMPLETE';

const standing = ({
  StackName = '',
  StackStatus = 'CREATE_IN_PROGRESS',
  StackStatusReason,
  ...times
}: Stack): DeployedStack[] =>
  StackStatus === GONE
    ? []
    : [
        {
          name: StackName,
          status: StackStatus,
          ...(StackStatusReason ? { reason: StackStatusReason } : {}),
          changedAt: (times.LastUpdatedTime ?? times.CreationTime)?.getTime() ?? 0,
        },
      ];
