import { Duration } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  ConnectionType,
  EndpointType,
  type IAuthorizer,
  IdentitySource,
  Integration,
  IntegrationType,
  LambdaIntegration,
  LogGroupLogDestination,
  RequestAuthorizer,
  RestApi,
  VpcLink,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ACCESS_LOG } from './access-log-format.ts';
import type { Api, ApiProps, Route } from './brick-api-types.ts';
import { AUTHORIZER_CACHE_MINUTES, CALLER_HEADER } from './caller-header-and-authorizer-cache-minutes.ts';
import { vpcLinks } from './create-or-reuse-vpc-links.ts';
import { Firewall } from './firewall.ts';

const STAGE = 'live';

/** Creates a REST API, the only kind that supports a firewall or a private network. */
export function restApi(scope: Construct, props: ApiProps): Api {
  const { profile, authorizer } = props;
  const { api: settings, logRetention: retention, removal: removalPolicy } = profile;
  const api = new RestApi(scope, 'Api', {
    ...(settings.private ? privateEndpointOnly(scope, props) : { endpointTypes: [EndpointType.REGIONAL] }),
    // The Foundation stack sets the account's role for API logs: two APIs would overwrite each other's setting.
    cloudWatchRole: false,
    deployOptions: {
      stageName: STAGE,
      tracingEnabled: true,
      metricsEnabled: true,
      throttlingRateLimit: settings.throttle.rate,
      throttlingBurstLimit: settings.throttle.burst,
      accessLogDestination: new LogGroupLogDestination(new LogGroup(scope, 'ApiLogs', { retention, removalPolicy })),
      accessLogFormat: AccessLogFormat.custom(ACCESS_LOG),
    },
  });
  const who: { authorizationType: AuthorizationType; authorizer?: IAuthorizer } = authorizer
    ? {
        authorizationType: AuthorizationType.CUSTOM,
        authorizer: new RequestAuthorizer(scope, 'Callers', {
          handler: authorizer,
          identitySources: [IdentitySource.header(CALLER_HEADER[settings.auth])],
          resultsCacheTtl: Duration.minutes(AUTHORIZER_CACHE_MINUTES),
        }),
      }
    : { authorizationType: AuthorizationType.IAM };
  if (settings.firewall && !settings.private) new Firewall(scope, 'Firewall', api.deploymentStage.stageArn, profile);
  const linkOf = vpcLinks(
    ({ loadBalancer }) => [loadBalancer],
    (id, { loadBalancer }) => new VpcLink(scope, id, { targets: [loadBalancer] }),
  );
  return {
    // Composed here because `api.url` ends with a slash.
    url: `https://${api.restApiId}.execute-api.${api.stack.region}.${api.stack.urlSuffix}/${STAGE}`,
    arn: api.arnForExecuteApi('*', '/*', STAGE),
    route: (name, route, target) => {
      const integration =
        'function' in target
          ? new LambdaIntegration(target.function, { allowTestInvoke: false })
          : proxyTo(target.loadBalancer, route, linkOf(name, target));
      api.root.resourceForPath(route.path).addMethod(route.method, integration, who);
    },
  };
}

/** Restricts the API to requests through the VPC endpoint in our network. */
function privateEndpointOnly(scope: Construct, { shared }: ApiProps) {
  const endpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, 'ApiEndpoint', {
    vpcEndpointId: shared.apiEndpoint,
    port: 443,
  });
  const calls = { actions: ['execute-api:Invoke'], resources: ['execute-api:/*'], principals: [new AnyPrincipal()] };
  const outside = { StringNotEquals: { 'aws:SourceVpce': shared.apiEndpoint } };
  return {
    endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints: [endpoint] },
    policy: new PolicyDocument({
      statements: [
        new PolicyStatement(calls),
        new PolicyStatement({ ...calls, effect: Effect.DENY, conditions: outside }),
      ],
    }),
  };
}

const proxyTo = (loadBalancer: NetworkLoadBalancer, { method, path }: Route, vpcLink: VpcLink): Integration =>
  new Integration({
    type: IntegrationType.HTTP_PROXY,
    integrationHttpMethod: method,
    uri: `http://${loadBalancer.loadBalancerDnsName}${path}`,
    options: { connectionType: ConnectionType.VPC_LINK, vpcLink },
  });
