import { Fn } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Profile } from '../../profiles.ts';

/** Requests of one address in five minutes; a company's own front may send more, and has signatures. */
const MOST_PER_ADDRESS = 100_000;
/** A batch of events is larger than the 8 kB that the rule allows; the handler caps it at 1 MB. */
const TOO_STRICT = 'SizeRestrictions_BODY';

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

/** A web application firewall before a stage of a REST API: AWS's rules for known attacks, and a limit per address. */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, stageArn: string, { logRetention, removal }: Profile) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: counted('agentbricks'),
      rules: [
        managed('AWSManagedRulesCommonRuleSet', 0, TOO_STRICT),
        managed('AWSManagedRulesKnownBadInputsRuleSet', 1),
        {
          name: 'per-address',
          priority: 2,
          statement: { rateBasedStatement: { limit: MOST_PER_ADDRESS, aggregateKeyType: 'IP' } },
          action: { block: {} },
          visibilityConfig: counted('per-address'),
        },
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: stageArn, webAclArn: acl.attrArn });
    const logs = new LogGroup(this, 'Logs', {
      // WAF writes to no other names.
      logGroupName: Fn.join('-', ['aws-waf-logs', scope.node.id.toLowerCase(), 'agentbricks']),
      retention: logRetention,
      removalPolicy: removal,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [logs.logGroupArn],
      // Who may call is nobody's to read.
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { singleHeader: { Name: 'x-api-key' } }],
    });
  }
}
