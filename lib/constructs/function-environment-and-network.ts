import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Uses } from '../../functions/triggers.ts';
import type { Profile } from '../deployment-profiles.ts';
import { CACHE_NAME, type Shared } from '../shared-parameters.ts';

/** Shared parameters and profile: what constructs need besides a function's row in functions/triggers.ts. */
export interface StackContext {
  readonly shared: Shared;
  readonly profile: Profile;
}

const NAMESPACE = 'AgentBricks';
/** Path of FAISS in the layer. If it is missing there, usearch replaces it. */
const LAYERED_FAISS = '/opt/nodejs/faiss.node';

/**
 * Returns whether a function connects to Kafka. Consumers of a topic do not, because Lambda passes them the records.
 */
export const usesEventLog = ({ appends, native }: Uses): boolean => Boolean(appends || native?.includes('kafka'));

/**
 * Returns the variables of layers/adapters/composition/read-config.ts. For services that a function does not use, the defaults of the
 * embedded runtime remain.
 */
export const environmentOf = (uses: Uses, { shared, profile }: StackContext): Record<string, string> => ({
  // The only writable path of a function.
  DATA_DIR: '/tmp/agentbricks',
  OBJECT_STORE: 's3',
  LAKE_BUCKET: shared.bucket('lake').bucketName,
  MODELS_BUCKET: shared.bucket('models').bucketName,
  TABLES: 'dynamodb',
  IDEMPOTENCY_TABLE: shared.table('idempotency').tableName,
  FEATURES_TABLE: shared.table('features').tableName,
  REGISTRY_TABLE: shared.table('registry').tableName,
  METRICS_NAMESPACE: NAMESPACE,
  ...(uses.native?.includes('faiss') ? { FAISS_LIBRARY: LAYERED_FAISS } : {}),
  ...(usesEventLog(uses) ? { EVENT_LOG: 'kafka', KAFKA_BROKERS: shared.brokers, KAFKA_AUTH: 'msk-iam' } : {}),
  ...(uses.cache && shared.cacheUrl ? { CACHE: 'elasticache', REDIS_URL: shared.cacheUrl, CACHE_NAME } : {}),
  ...(uses.api || uses.callers ? access(profile, shared) : {}),
});

const access = ({ api: { auth, tokens } }: Profile, shared: Shared): Record<string, string> => ({
  API_AUTH: auth,
  ...(auth === 'key' ? { API_KEYS_SECRET: shared.apiKeysArn } : {}),
  ...(tokens ? { JWT_ISSUER: tokens.issuer, JWT_AUDIENCE: tokens.audience } : {}),
});

interface VpcPlacement {
  readonly vpc: IVpc;
  readonly vpcSubnets: { readonly subnetType: SubnetType };
  readonly securityGroups: ISecurityGroup[];
}

/**
 * Places a function in the VPC if it uses the event log, the cache or a private API. Other functions stay outside the
 * VPC, where they start faster.
 */
export const networkOf = (uses: Uses, { shared, profile }: StackContext): VpcPlacement | Record<string, never> =>
  uses.cache || usesEventLog(uses) || (uses.api && profile.api.private)
    ? {
        vpc: shared.vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
        securityGroups: [shared.securityGroup],
      }
    : {};
