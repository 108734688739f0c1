import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Uses } from '../../functions/triggers.ts';
import type { Profile } from '../profiles.ts';
import { CACHE_NAME, type Shared } from '../shared-parameters.ts';

/** What a function is made from, beside its row of functions/triggers.ts. */
export interface World {
  readonly shared: Shared;
  readonly profile: Profile;
}

const NAMESPACE = 'AgentBricks';
/** Where it is, if it was built into the layer; usearch stands in for it. */
const LAYERED_FAISS = '/opt/nodejs/faiss.node';

/** Whether it talks to the event log itself; what consumes a topic is handed its records. */
export const talksToLog = ({ appends, native }: Uses): boolean => Boolean(appends || native?.includes('kafka'));

/** The variables of layers/adapters/composition/config.ts: what the function does not use stays as it is in one process. */
export const environmentOf = (uses: Uses, { shared, profile }: World): Record<string, string> => ({
  // The only place that a function may write to.
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
  ...(talksToLog(uses) ? { EVENT_LOG: 'kafka', KAFKA_BROKERS: shared.brokers, KAFKA_AUTH: 'msk-iam' } : {}),
  ...(uses.cache && shared.cacheUrl ? { CACHE: 'elasticache', REDIS_URL: shared.cacheUrl, CACHE_NAME } : {}),
  ...(uses.api || uses.callers ? access(profile, shared) : {}),
});

const access = ({ api: { auth, tokens } }: Profile, shared: Shared): Record<string, string> => ({
  API_AUTH: auth,
  ...(auth === 'key' ? { API_KEYS_SECRET: shared.apiKeysArn } : {}),
  ...(tokens ? { JWT_ISSUER: tokens.issuer, JWT_AUDIENCE: tokens.audience } : {}),
});

interface Standing {
  readonly vpc: IVpc;
  readonly vpcSubnets: { readonly subnetType: SubnetType };
  readonly securityGroups: ISecurityGroup[];
}

/** The event log, the cache and a private API stand in the network; whoever needs none of them starts faster outside. */
export const networkOf = (uses: Uses, { shared, profile }: World): Standing | Record<string, never> =>
  uses.cache || talksToLog(uses) || (uses.api && profile.api.private)
    ? {
        vpc: shared.vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
        securityGroups: [shared.securityGroup],
      }
    : {};
