import type { Construct } from 'constructs';
import type { Profile } from '../../deployment-profiles.ts';
import type { Api, ApiProps } from './brick-api-types.ts';
import { httpApi } from './http-api.ts';
import { restApi } from './rest-api.ts';

/**
 * Creates an HTTP API, which costs a third of a REST API. Profiles with a firewall or a private network get a REST API, because an
 * HTTP API supports neither (docs/decisions/0011-two-kinds-of-api.md).
 */
export const createApi = (scope: Construct, props: ApiProps): Api =>
  isRest(props.profile) ? restApi(scope, props) : httpApi(scope, props);

/** Returns whether a profile needs REST APIs. */
export const isRest = ({ api }: Profile): boolean => api.firewall || api.private;
