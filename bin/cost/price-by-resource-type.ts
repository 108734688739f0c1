import type { Template } from '../aws/synthesise-templates.ts';
import { count } from '../console/format-values-and-tables.ts';
import { always, counted, type Pricing, used } from './bill-item-types-and-constructors.ts';
import {
  containerService,
  eventSource,
  job,
  lambdaFunction,
  provisionedConcurrency,
  schedule,
  stateMachine,
} from './price-compute-resources.ts';
import { backups, bucket, cache, cluster, dataTable } from './price-data-stores.ts';
import { HOURS } from './traffic-assumptions.ts';

/** GB of one line of the access log. */
const ACCESS_LINE_GB = 3e-7;
/** GB of one slate as JSON. */
const SLATE_GB = 2e-6;
/** GB of flow logs per month, estimated. */
const FLOW_GB = 0.3;

const api =
  (price: 'http-api' | 'rest-api'): Pricing =>
  (_properties, { template, traffic }) => {
    const requests = receivesEvents(template) ? traffic.batches : traffic.slates;
    const driver = `${count(requests)} requests`;
    return [
      used('requests', price, requests, driver),
      used('access log', 'log-lines', requests * ACCESS_LINE_GB, `${driver} × 0.3 kB`),
      ...(receivesEvents(template) ? [] : [used('responses', 'internet-out', requests * SLATE_GB, `${driver} × 2 kB`)]),
    ];
  };

/** Returns whether a stack's API receives events. The other API returns slates. */
const receivesEvents = ({ Resources }: Template): boolean =>
  Object.values(Resources).some(
    ({ Type, Properties }) =>
      (Type === 'AWS::ApiGatewayV2::Route' && String(Properties?.RouteKey).startsWith('POST')) ||
      (Type === 'AWS::ApiGateway::Method' && Properties?.HttpMethod === 'POST'),
  );

const endpoint: Pricing = ({ VpcEndpointType, SubnetIds, ServiceName }) => {
  if (VpcEndpointType !== 'Interface') return [];
  const zones = (SubnetIds as readonly unknown[]).length;
  const service = /\.([a-z0-9.-]+)"?\]*\}*$/.exec(JSON.stringify(ServiceName))?.[1] ?? 'endpoint';
  return [always(`endpoint ${service}`, 'interface-endpoint', zones * HOURS, `${zones} zones × ${HOURS} h`)];
};

/** Prices an alarm. An alarm on a metric expression costs as much as one alarm per metric in it. */
const alarm: Pricing = ({ Metrics }) => {
  const metrics = ((Metrics as readonly { MetricStat?: unknown }[] | undefined) ?? [{ MetricStat: true }]).filter(
    ({ MetricStat }) => MetricStat !== undefined,
  ).length;
  return [always('alarm', 'alarm', metrics, counted(metrics, 'metric'))];
};

const webAcl: Pricing = ({ Rules }, { traffic }) => {
  const rules = ((Rules as readonly unknown[] | undefined) ?? []).length;
  const requests = traffic.slates + traffic.batches;
  return [
    always('web ACL', 'web-acl', 1, 'one'),
    always('web ACL: rules', 'web-acl-rule', rules, counted(rules, 'rule')),
    used('web ACL: requests', 'web-acl-requests', requests, `${count(requests)} requests`),
  ];
};

const one =
  (what: string, price: 'key' | 'secret' | 'composite-alarm' | 'dashboard'): Pricing =>
  () => [always(what, price, 1, 'one')];

/** Pricing of each resource type. */
export const PRICED: Readonly<Record<string, Pricing>> = {
  'AWS::ApiGateway::RestApi': api('rest-api'),
  'AWS::ApiGatewayV2::Api': api('http-api'),
  'AWS::ApplicationAutoScaling::ScalableTarget': provisionedConcurrency,
  'AWS::Backup::BackupPlan': backups,
  'AWS::Batch::JobDefinition': job,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': one('composite alarm', 'composite-alarm'),
  'AWS::CloudWatch::Dashboard': one('dashboard', 'dashboard'),
  'AWS::DynamoDB::Table': dataTable,
  'AWS::EC2::FlowLog': () => [always('flow log', 'log-lines', FLOW_GB, `${FLOW_GB} GB (estimated)`)],
  'AWS::EC2::VPCEndpoint': endpoint,
  'AWS::ECS::Service': containerService,
  'AWS::ElastiCache::ServerlessCache': cache,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => [
    always('load balancer', 'load-balancer', HOURS, `${HOURS} h, traffic not included`),
  ],
  'AWS::KMS::Key': one('key', 'key'),
  'AWS::Lambda::EventSourceMapping': eventSource,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::MSK::Cluster': cluster,
  'AWS::S3::Bucket': bucket,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::SecretsManager::Secret': one('secret', 'secret'),
  'AWS::StepFunctions::StateMachine': stateMachine,
  'AWS::WAFv2::WebACL': webAcl,
};

const FREE = 'free';
const WITH_OWNER = 'priced with the resource to which it belongs';

/**
 * Resource types without a separate price, with the reason. The command and a test fail for a type that is in neither
 * table. The table also has types that companies often add.
 */
const NOT_PRICED: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': FREE,
  'AWS::ApiGateway::Authorizer': WITH_OWNER,
  'AWS::ApiGateway::Deployment': WITH_OWNER,
  'AWS::ApiGateway::Method': WITH_OWNER,
  'AWS::ApiGateway::Resource': WITH_OWNER,
  'AWS::ApiGateway::Stage': WITH_OWNER,
  'AWS::ApiGatewayV2::Authorizer': WITH_OWNER,
  'AWS::ApiGatewayV2::Integration': WITH_OWNER,
  'AWS::ApiGatewayV2::Route': WITH_OWNER,
  'AWS::ApiGatewayV2::Stage': WITH_OWNER,
  'AWS::ApiGatewayV2::VpcLink': FREE,
  'AWS::ApplicationAutoScaling::ScalingPolicy': FREE,
  'AWS::Backup::BackupSelection': FREE,
  'AWS::Backup::BackupVault': 'its content is priced with the backup plan',
  'AWS::Batch::ComputeEnvironment': FREE,
  'AWS::Batch::JobQueue': FREE,
  'AWS::Budgets::Budget': 'a budget that only notifies is free',
  'AWS::CodeDeploy::Application': FREE,
  'AWS::CodeDeploy::DeploymentConfig': FREE,
  'AWS::CodeDeploy::DeploymentGroup': 'free for functions',
  'AWS::EC2::InternetGateway': FREE,
  'AWS::EC2::Route': FREE,
  'AWS::EC2::RouteTable': FREE,
  'AWS::EC2::SecurityGroup': FREE,
  'AWS::EC2::SecurityGroupEgress': FREE,
  'AWS::EC2::SecurityGroupIngress': FREE,
  'AWS::EC2::Subnet': FREE,
  'AWS::EC2::SubnetRouteTableAssociation': FREE,
  'AWS::EC2::VPC': FREE,
  'AWS::EC2::VPCGatewayAttachment': FREE,
  'AWS::ECS::Cluster': FREE,
  'AWS::ECS::TaskDefinition': WITH_OWNER,
  'AWS::ElastiCache::User': FREE,
  'AWS::ElastiCache::UserGroup': FREE,
  'AWS::ElasticLoadBalancingV2::Listener': WITH_OWNER,
  'AWS::ElasticLoadBalancingV2::TargetGroup': WITH_OWNER,
  'AWS::Events::Rule': 'rules for events of AWS itself are free',
  'AWS::IAM::InstanceProfile': FREE,
  'AWS::IAM::Policy': FREE,
  'AWS::IAM::Role': FREE,
  'AWS::KMS::Alias': FREE,
  'AWS::Lambda::Alias': FREE,
  'AWS::Lambda::LayerVersion': FREE,
  'AWS::Lambda::Permission': FREE,
  'AWS::Lambda::Version': FREE,
  'AWS::Logs::LogGroup': 'log lines are priced with the resource that writes them',
  'AWS::Logs::MetricFilter': FREE,
  'AWS::Logs::QueryDefinition': FREE,
  'AWS::MSK::Configuration': FREE,
  'AWS::MSK::Topic': WITH_OWNER,
  'AWS::S3::BucketPolicy': FREE,
  'AWS::SNS::Subscription': FREE,
  'AWS::SNS::Topic': 'the first 1,000 e-mails are free',
  'AWS::SNS::TopicPolicy': FREE,
  'AWS::SSM::Parameter': 'standard parameters are free',
  'AWS::Scheduler::ScheduleGroup': FREE,
  'AWS::SecretsManager::ResourcePolicy': FREE,
  'AWS::SecretsManager::RotationSchedule': FREE,
  'AWS::WAFv2::LoggingConfiguration': 'its lines are priced with the log group',
  'AWS::WAFv2::WebACLAssociation': FREE,
};

/** Prefix of custom resources. Their functions run only while a stack changes. */
const CUSTOM = 'Custom::';

/** Returns whether the price of a type is known, including types that are free. */
export const isKnown = (type: string): boolean => type in PRICED || type in NOT_PRICED || type.startsWith(CUSTOM);
