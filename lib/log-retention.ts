import { Aspects, CfnResource, type IAspect, Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { Profile } from './profiles.ts';

/** Functions that CDK itself needs during a deployment would leave logs without an end, which `cdk destroy` does not find. */
export function endLogsOf(scope: IConstruct, { logRetention: retention, removal: removalPolicy }: Profile): void {
  const aspect: IAspect = {
    visit: (node) => {
      // Ours have a group already; CDK makes its own as plain resources.
      if (!CfnResource.isCfnResource(node) || node instanceof CfnFunction) return;
      if (node.cfnResourceType !== 'AWS::Lambda::Function') return;
      const name = `${node.node.path.split('/').slice(1).join('-')}-Logs`;
      const group = new LogGroup(Stack.of(node), name, { retention, removalPolicy });
      node.addPropertyOverride('LoggingConfig.LogGroup', group.logGroupName);
    },
  };
  Aspects.of(scope).add(aspect);
}
