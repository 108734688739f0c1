import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  paginateListServiceQuotas,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Check } from '../../localstack/embedded/doctor/environment-checks.ts';
import { reasonOf } from '../aws/aws-errors.ts';
import type { Template } from '../aws/stack-templates.ts';
import type { Templates } from './deployment-plan.ts';

/** What an account must allow before a stack can work. */
interface Need {
  readonly name: string;
  readonly service: string;
  /** Code of the quota; where it is not known, its name is looked for. */
  readonly code?: string;
  readonly called?: RegExp;
  readonly needs: number;
  readonly unit: string;
  /** What happens without it. */
  readonly without: string;
  readonly status: 'failed' | 'limited';
}

const GPU_VCPUS = 8;
const LEAST_CONCURRENCY = 100;

/** What these templates need of the account's quotas. */
function needsOf(templates: Templates): Need[] {
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

const brokers = (resources: readonly Template['Resources'][string][]): Need[] =>
  resources
    .filter(({ Type }) => Type === 'AWS::MSK::Cluster')
    .map(({ Properties }) => ({
      name: 'quota of MSK brokers',
      service: 'kafka',
      called: /brokers? per account/i,
      needs: Number(Properties?.NumberOfBrokerNodes),
      unit: 'brokers',
      without: 'the event log cannot be made',
      status: 'failed',
    }));

const gpu = (spot: boolean): Need => ({
  name: `quota of GPU instances (${spot ? 'spot' : 'on demand'})`,
  service: 'ec2',
  code: spot ? 'L-3819A6DF' : 'L-DB2E81BA',
  needs: GPU_VCPUS,
  unit: 'vCPUs of G instances',
  without: 'the trainer waits in its queue for ever; new accounts have none',
  status: 'failed',
});

const concurrency: Need = {
  name: 'quota of Lambda concurrency',
  service: 'lambda',
  code: 'L-B99A9384',
  needs: LEAST_CONCURRENCY,
  unit: 'functions at once',
  without: 'functions throttle one another; new accounts start with few',
  status: 'limited',
};

/** The account's quotas beside what these stacks need. Where they cannot be asked for, that is said and nothing fails. */
export const quotaChecks = (templates: Templates, client = new ServiceQuotasClient({ maxAttempts: 2 })) =>
  Promise.all(needsOf(templates).map((need) => check(need, client)));

async function check(need: Need, client: ServiceQuotasClient): Promise<Check> {
  const { name, needs, unit, without, status } = need;
  try {
    const value = await quotaOf(need, client);
    if (value === undefined) return { name, status: 'ok', found: `${needs} ${unit} needed; AWS names no quota` };
    if (value >= needs) return { name, status: 'ok', found: `${value}, and ${needs} ${unit} are needed` };
    const found = `${value}, and ${needs} ${unit} are needed: ${without}`;
    return {
      name,
      status,
      found,
      fix: `Ask for more: AWS console, Service Quotas, ${need.service}; it takes hours to days`,
    };
  } catch (error) {
    const found = `could not be asked for (${reasonOf(error).why}); ${needs} ${unit} are needed`;
    return {
      name,
      status: 'limited',
      found,
      fix: `Look at Service Quotas, ${need.service}, yourself: without them ${without}`,
    };
  }
}

async function quotaOf({ service, code, called }: Need, client: ServiceQuotasClient): Promise<number | undefined> {
  if (code) return byCode(service, code, client);
  for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: service })) {
    const found = Quotas.find(({ QuotaName }) => called?.test(QuotaName ?? ''));
    if (found) return found.Value;
  }
  return undefined;
}

/** The account's own value, else AWS's default. */
async function byCode(ServiceCode: string, QuotaCode: string, client: ServiceQuotasClient) {
  const quota = { ServiceCode, QuotaCode };
  try {
    return (await client.send(new GetServiceQuotaCommand(quota))).Quota?.Value;
  } catch (error) {
    if (!(error instanceof NoSuchResourceException)) throw error;
    return (await client.send(new GetAWSDefaultServiceQuotaCommand(quota))).Quota?.Value;
  }
}
