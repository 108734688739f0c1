import { Fn } from 'aws-cdk-lib';
import type { ISubnet, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import { CACHE_NAME } from '../../shared-parameters.ts';

/** Permissions that layers/adapters/cache/redis.ts needs, on its own keys only. */
const ACCESS = `on ~${CACHE_NAME}:* -@all +@read +@write +@connection +info`;

export interface ValkeyProps {
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: SecurityGroup;
  readonly keyArn?: string;
}

/** Serverless Valkey with TLS and one user, who authenticates with IAM, so there is no password to leak. */
export class Valkey extends Construct {
  /** `rediss://<user>@<host>:<port>` */
  readonly url: string;

  constructor(scope: Construct, id: string, { subnets, securityGroup, keyArn }: ValkeyProps) {
    super(scope, id);
    const user = new CfnUser(this, 'User', {
      engine: 'valkey',
      userId: CACHE_NAME,
      userName: CACHE_NAME,
      accessString: ACCESS,
      authenticationMode: { Type: 'iam' },
    });
    const group = new CfnUserGroup(this, 'Users', { engine: 'valkey', userGroupId: CACHE_NAME, userIds: [user.ref] });
    const cache = new CfnServerlessCache(this, 'Cache', {
      engine: 'valkey',
      serverlessCacheName: CACHE_NAME,
      subnetIds: subnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [securityGroup.securityGroupId],
      userGroupId: group.ref,
      kmsKeyId: keyArn,
    });
    this.url = Fn.join('', ['rediss://', CACHE_NAME, '@', cache.attrEndpointAddress, ':', cache.attrEndpointPort]);
  }
}
