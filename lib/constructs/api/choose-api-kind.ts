import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { On } from '../../../functions/triggers.ts';
import type { Profile } from '../../profiles.ts';
import type { Shared } from '../../shared-parameters.ts';
import type { Serving } from '../compute/route-target.ts';
import { httpFront } from './http-api.ts';
import { restFront } from './rest-api.ts';

export type Route = Extract<On, { kind: 'route' }>;

/** An API of a brick. */
export interface Api {
  /** Its base URL. */
  readonly url: string;
  /** What the right to call it is given on. */
  readonly arn: string;
  /** @param name of the function, in construct ids */
  route(name: string, route: Route, target: Serving): void;
}

export interface ApiProps {
  readonly profile: Profile;
  readonly shared: Shared;
  /** The function that knows who calls. @default - AWS does, by signatures */
  readonly authorizer?: IFunction;
}

/**
 * An HTTP API, which is cheaper by two thirds; or a REST API where a firewall or a private network is asked for, which no HTTP
 * API can have (docs/decisions/0011-two-kinds-of-api.md).
 */
export const apiOf = (scope: Construct, props: ApiProps): Api =>
  isRest(props.profile) ? restFront(scope, props) : httpFront(scope, props);

export const isRest = ({ api }: Profile): boolean => api.firewall || api.private;
