import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  type HttpRouteIntegration,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
  VpcLink,
} from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpIamAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration, HttpNlbIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { RouteTarget } from '../compute/route-target-types.ts';
import { ACCESS_LOG } from './access-log-format.ts';
import type { Api, ApiProps } from './brick-api-types.ts';
import { AUTHORIZER_CACHE_MINUTES, CALLER_HEADER } from './caller-header-and-authorizer-cache-minutes.ts';
import { vpcLinks } from './create-or-reuse-vpc-links.ts';

/** Creates an HTTP API with authentication and throttling. */
export function httpApi(scope: Construct, { profile, authorizer }: ApiProps): Api {
  const { api: settings, logRetention: retention, removal: removalPolicy } = profile;
  const who = authorizer ? lambdaAuthorizer(authorizer, CALLER_HEADER[settings.auth]) : new HttpIamAuthorizer();
  const api = new HttpApi(scope, 'Api', { createDefaultStage: false, defaultAuthorizer: who });
  new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    detailedMetricsEnabled: true,
    throttle: { rateLimit: settings.throttle.rate, burstLimit: settings.throttle.burst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(new LogGroup(scope, 'ApiLogs', { retention, removalPolicy })),
      format: AccessLogFormat.custom(ACCESS_LOG),
    },
  });
  const linkOf = vpcLinks(
    ({ vpc, subnets, securityGroups }) => [vpc, ...subnets, ...securityGroups],
    (id, { vpc, subnets, securityGroups }) =>
      new VpcLink(scope, id, { vpc, subnets: { subnets: [...subnets] }, securityGroups: [...securityGroups] }),
  );
  const integrationOf = (name: string, target: RouteTarget): HttpRouteIntegration =>
    'function' in target
      ? new HttpLambdaIntegration(`${name}Integration`, target.function)
      : new HttpNlbIntegration(`${name}Integration`, target.listener, { vpcLink: linkOf(name, target) });
  return {
    url: api.apiEndpoint,
    arn: api.arnForExecuteApi(),
    route: (name, { method, path }, target) =>
      void api.addRoutes({ path, methods: [HttpMethod[method]], integration: integrationOf(name, target) }),
  };
}

const lambdaAuthorizer = (handler: IFunction, header: string): IHttpRouteAuthorizer =>
  new HttpLambdaAuthorizer('Callers', handler, {
    identitySource: [`$request.header.${header}`],
    responseTypes: [HttpLambdaResponseType.IAM],
    resultsCacheTtl: Duration.minutes(AUTHORIZER_CACHE_MINUTES),
  });
