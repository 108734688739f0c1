/**
 * List prices in US dollars, without tax, discounts or free tier. **They were not looked up when this was written**:
 * they are the last prices that the authors knew. Compare them with the pages named here before you rely on them.
 */
export const PRICE_TABLE = {
  asOf: '2025-06',
  region: 'us-east-1',
  currency: 'USD',
} as const;

interface Price {
  readonly usd: number;
  /** Unit of the price. */
  readonly per: string;
  /** Title of AWS's page with the price. */
  readonly source: string;
}

const MSK = 'Amazon MSK pricing';
const LAMBDA = 'AWS Lambda pricing';
const DYNAMODB = 'Amazon DynamoDB pricing, on-demand capacity';
const S3 = 'Amazon S3 pricing';
const CLOUDWATCH = 'Amazon CloudWatch pricing';
const ELASTICACHE = 'Amazon ElastiCache pricing, serverless Valkey';
const EC2 = 'Amazon EC2 on-demand pricing, Linux';
const FARGATE = 'AWS Fargate pricing, Linux';
const WAF = 'AWS WAF pricing';

export const PRICES = {
  'kafka.t3.small': { usd: 0.0456, per: 'broker hour', source: MSK },
  'kafka.m5.large': { usd: 0.21, per: 'broker hour', source: MSK },
  'kafka.m7g.large': { usd: 0.204, per: 'broker hour', source: MSK },
  'kafka.m7g.xlarge': { usd: 0.408, per: 'broker hour', source: MSK },
  'kafka.m7g.2xlarge': { usd: 0.816, per: 'broker hour', source: MSK },
  'broker-disk': { usd: 0.1, per: 'GB month', source: MSK },
  'tiered-storage': { usd: 0.06, per: 'GB month', source: MSK },
  'lambda-seconds': { usd: 0.0000133334, per: 'GB second, ARM', source: LAMBDA },
  'lambda-requests': { usd: 0.2 / 1e6, per: 'request', source: LAMBDA },
  'lambda-provisioned': { usd: 0.0000033334, per: 'GB second, ARM', source: LAMBDA },
  'event-pollers': { usd: 0.185, per: 'event poller unit hour', source: LAMBDA },
  'http-api': { usd: 1 / 1e6, per: 'request', source: 'Amazon API Gateway pricing, HTTP APIs' },
  'rest-api': { usd: 3.5 / 1e6, per: 'request', source: 'Amazon API Gateway pricing, REST APIs' },
  'table-writes': { usd: 0.625 / 1e6, per: 'write request unit', source: DYNAMODB },
  'table-reads': { usd: 0.125 / 1e6, per: 'read request unit', source: DYNAMODB },
  'table-storage': { usd: 0.25, per: 'GB month', source: DYNAMODB },
  'table-recovery': { usd: 0.2, per: 'GB month, point-in-time recovery', source: DYNAMODB },
  's3-storage': { usd: 0.023, per: 'GB month', source: S3 },
  's3-writes': { usd: 0.005 / 1e3, per: 'PUT or LIST', source: S3 },
  's3-reads': { usd: 0.0004 / 1e3, per: 'GET', source: S3 },
  'cache-storage': { usd: 0.084, per: 'GB hour, minimum 0.1 GB', source: ELASTICACHE },
  'cache-units': { usd: 0.0023 / 1e6, per: 'ECPU', source: ELASTICACHE },
  'interface-endpoint': { usd: 0.01, per: 'hour and zone', source: 'AWS PrivateLink pricing' },
  'log-lines': { usd: 0.5, per: 'GB ingested', source: CLOUDWATCH },
  'custom-metric': { usd: 0.3, per: 'metric month', source: CLOUDWATCH },
  alarm: { usd: 0.1, per: 'metric and month', source: CLOUDWATCH },
  'composite-alarm': { usd: 0.5, per: 'alarm month', source: CLOUDWATCH },
  dashboard: { usd: 3, per: 'dashboard month', source: CLOUDWATCH },
  traces: { usd: 5 / 1e6, per: 'trace', source: 'AWS X-Ray pricing' },
  transitions: { usd: 0.025 / 1e3, per: 'state transition', source: 'AWS Step Functions pricing, standard' },
  schedules: { usd: 1 / 1e6, per: 'invocation', source: 'Amazon EventBridge pricing, Scheduler' },
  'm5.large': { usd: 0.096, per: 'hour', source: EC2 },
  'g5.2xlarge': { usd: 1.212, per: 'hour', source: EC2 },
  'fargate-vcpu': { usd: 0.03238, per: 'vCPU hour, ARM', source: FARGATE },
  'fargate-memory': { usd: 0.00356, per: 'GB hour, ARM', source: FARGATE },
  'fargate-vcpu-x86': { usd: 0.04048, per: 'vCPU hour, x86', source: FARGATE },
  'fargate-memory-x86': { usd: 0.004445, per: 'GB hour, x86', source: FARGATE },
  'load-balancer': { usd: 0.0225, per: 'hour', source: 'Elastic Load Balancing pricing' },
  key: { usd: 1, per: 'key month', source: 'AWS KMS pricing' },
  secret: { usd: 0.4, per: 'secret month', source: 'AWS Secrets Manager pricing' },
  'web-acl': { usd: 5, per: 'web ACL month', source: WAF },
  'web-acl-rule': { usd: 1, per: 'rule month', source: WAF },
  'web-acl-requests': { usd: 0.6 / 1e6, per: 'request', source: WAF },
  'internet-out': { usd: 0.09, per: 'GB', source: 'Amazon EC2 pricing, data transfer' },
  'backup-storage': { usd: 0.1, per: 'GB month', source: 'AWS Backup pricing, DynamoDB' },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
