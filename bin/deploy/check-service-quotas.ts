import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  paginateListServiceQuotas,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Check } from '../../localstack/embedded/doctor/environment-checks.ts';
import { reasonOf } from '../aws/explain-aws-errors.ts';
import type { Template } from '../aws/synthesise-templates.ts';
import type { Templates } from './stack-selection-and-dependencies.ts';

/** A value that a stack requires of one of the account's service quotas. */
interface RequiredQuota {
  readonly name: string;
  readonly service: string;
  /** Code of the quota. */
  readonly code?: string;
  /** Pattern of the quota's name, for a quota whose code is unknown. */
  readonly called?: RegExp;
  readonly needs: number;
  readonly unit: string;
  /** Consequence of a quota that is too low. */
  readonly consequence: string;
  readonly status: 'failed' | 'limited';
}

const GPU_VCPUS = 8;
const LEAST_CONCURRENCY = 100;

/** Returns the quotas that these templates require. */
function requiredQuotas(templates: Templates): RequiredQuota[] {
  const resources = [...templates.values()].flatMap(({ Resources }) => Object.values(Resources));
  const spot = /SPOT/.test(JSON.stringify(resources.filter(({ Type }) => Type === 'AWS::Batch::ComputeEnvironment')));
  return [
    ...brokers(resources),
    ...(/"GPU"/.test(JSON.stringify(resources.filter(({ Type }) => Type === 'AWS::Batch::JobDefinition')))
      ? [gpu(spot)]
      : []),
    ...(resources.some(({ Type }) => Type === 'AWS::Lambda::Function') ? [concurrency] : []),
  ];
}

const brokers = (resources: readonly Template['Resources'][string][]): RequiredQuota[] =>
  resources
    .filter(({ Type }) => Type === 'AWS::MSK::Cluster')
    .map(({ Properties }) => ({
      name: 'quota of MSK brokers',
      service: 'kafka',
      called: /brokers? per account/i,
      needs: Number(Properties?.NumberOfBrokerNodes),
      unit: 'brokers',
      consequence: 'the event log cannot be created',
      status: 'failed',
    }));

const gpu = (spot: boolean): RequiredQuota => ({
  name: `quota of GPU instances (${spot ? 'spot' : 'on demand'})`,
  service: 'ec2',
  code: spot ? 'L-3819A6DF' : 'L-DB2E81BA',
  needs: GPU_VCPUS,
  unit: 'vCPUs of G instances',
  consequence: 'the trainer stays in its queue; new accounts have a quota of 0',
  status: 'failed',
});

const concurrency: RequiredQuota = {
  name: 'quota of Lambda concurrency',
  service: 'lambda',
  code: 'L-B99A9384',
  needs: LEAST_CONCURRENCY,
  unit: 'concurrent executions',
  consequence: 'functions throttle each other; new accounts have a low quota',
  status: 'limited',
};

/**
 * Compares the account's quotas with what these stacks require. A quota that cannot be read is reported as limited, not
 * as failed.
 */
export const quotaChecks = (templates: Templates, client = new ServiceQuotasClient({ maxAttempts: 2 })) =>
  Promise.all(requiredQuotas(templates).map((need) => check(need, client)));

async function check(need: RequiredQuota, client: ServiceQuotasClient): Promise<Check> {
  const { name, needs, unit, consequence, status } = need;
  try {
    const value = await quotaOf(need, client);
    if (value === undefined) return { name, status: 'ok', found: `${needs} ${unit} required; AWS lists no quota` };
    if (value >= needs) return { name, status: 'ok', found: `${value}; ${needs} ${unit} required` };
    const found = `${value}; ${needs} ${unit} required, otherwise ${consequence}`;
    return {
      name,
      status,
      found,
      fix: `Request an increase in the AWS console under Service Quotas, ${need.service}; it takes hours to days`,
    };
  } catch (error) {
    const found = `could not be read (${reasonOf(error).why}); ${needs} ${unit} required`;
    return {
      name,
      status: 'limited',
      found,
      fix: `Check Service Quotas, ${need.service}, in the AWS console: if the quota is too low, ${consequence}`,
    };
  }
}

async function quotaOf(
  { service, code, called }: RequiredQuota,
  client: ServiceQuotasClient,
): Promise<number | undefined> {
  if (code) return byCode(service, code, client);
  for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: service })) {
    const found = Quotas.find(({ QuotaName }) => called?.test(QuotaName ?? ''));
    if (found) return found.Value;
  }
  return undefined;
}

/** Returns the account's value of a quota, or AWS's default if the account has no value of its own. */
async function byCode(ServiceCode: string, QuotaCode: string, client: ServiceQuotasClient) {
  const quota = { ServiceCode, QuotaCode };
  try {
    return (await client.send(new GetServiceQuotaCommand(quota))).Quota?.Value;
  } catch (error) {
    if (!(error instanceof NoSuchResourceException)) throw error;
    return (await client.send(new GetAWSDefaultServiceQuotaCommand(quota))).Quota?.Value;
  }
}
