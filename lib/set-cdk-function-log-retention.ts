import { Aspects, CfnResource, type IAspect, Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { Profile } from './deployment-profiles.ts';

/**
 * Adds log groups with retention to CDK's own deployment functions. Without them, their logs would never expire and `cdk destroy`
 * would not delete them.
 */
export function setLogRetention(scope: IConstruct, { logRetention: retention, removal: removalPolicy }: Profile): void {
  const aspect: IAspect = {
    visit: (node) => {
      // Our functions are CfnFunctions and already have log groups. The functions of CDK itself are generic
      // CfnResources.
      if (!CfnResource.isCfnResource(node) || node instanceof CfnFunction) return;
      if (node.cfnResourceType !== 'AWS::Lambda::Function') return;
      const name = `${node.node.path.split('/').slice(1).join('-')}-Logs`;
      const group = new LogGroup(Stack.of(node), name, { retention, removalPolicy });
      node.addPropertyOverride('LoggingConfig.LogGroup', group.logGroupName);
    },
  };
  Aspects.of(scope).add(aspect);
}
