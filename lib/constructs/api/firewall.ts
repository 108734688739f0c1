import { Fn } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Profile } from '../../deployment-profiles.ts';

/**
 * Maximum number of requests per IP address in five minutes. All callers behind a company's proxy share its address.
 */
const MAX_REQUESTS_PER_ADDRESS = 100_000;
/**
 * Rule for bodies over 8 kB. It only counts them, because batches of events are larger. The handler limits bodies to
 * 1 MB.
 */
const BODY_SIZE_RULE = 'SizeRestrictions_BODY';

const counted = (metricName: string) => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: true,
});

const managed = (name: string, priority: number, ...countOnly: string[]): CfnWebACL.RuleProperty => ({
  name,
  priority,
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: countOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  overrideAction: { none: {} },
  visibilityConfig: counted(name),
});

/**
 * A web application firewall for one stage of a REST API: AWS's managed rules for known attacks and a rate limit per IP address.
 */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, stageArn: string, { logRetention, removal }: Profile) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: counted('agentbricks'),
      rules: [
        managed('AWSManagedRulesCommonRuleSet', 0, BODY_SIZE_RULE),
        managed('AWSManagedRulesKnownBadInputsRuleSet', 1),
        {
          name: 'per-address',
          priority: 2,
          statement: { rateBasedStatement: { limit: MAX_REQUESTS_PER_ADDRESS, aggregateKeyType: 'IP' } },
          action: { block: {} },
          visibilityConfig: counted('per-address'),
        },
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: stageArn, webAclArn: acl.attrArn });
    const logs = new LogGroup(this, 'Logs', {
      // WAF requires log group names with this prefix.
      logGroupName: Fn.join('-', ['aws-waf-logs', scope.node.id.toLowerCase(), 'agentbricks']),
      retention: logRetention,
      removalPolicy: removal,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [logs.logGroupArn],
      // Credentials must not appear in logs.
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { singleHeader: { Name: 'x-api-key' } }],
    });
  }
}
