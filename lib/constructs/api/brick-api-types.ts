import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { On } from '../../../functions/triggers.ts';
import type { Profile } from '../../deployment-profiles.ts';
import type { Shared } from '../../shared-parameters.ts';
import type { RouteTarget } from '../compute/route-target-types.ts';

export type Route = Extract<On, { kind: 'route' }>;

/** The public API of one brick. */
export interface Api {
  /** Base URL. */
  readonly url: string;
  /** ARN pattern of all routes, for `execute-api:Invoke`. */
  readonly arn: string;
  /** Adds a route. @param name the function's name, from which construct ids are built */
  route(name: string, route: Route, target: RouteTarget): void;
}

export interface ApiProps {
  readonly profile: Profile;
  readonly shared: Shared;
  /** Function that authenticates callers. @default - AWS authenticates them by their signatures */
  readonly authorizer?: IFunction;
}
