import { type App, type Stack, Tags } from 'aws-cdk-lib';
import { DAY, dayOf } from '#domain/core/time.ts';
import { type Profile, profileOf } from './deployment-profiles.ts';
import { setLogRetention } from './set-cdk-function-log-retention.ts';
import { DataCollectionStack } from './stacks/data-collection.ts';
import { FeatureEngineeringStack } from './stacks/feature-engineering.ts';
import { FoundationStack } from './stacks/foundation.ts';
import { ModelTrainingStack } from './stacks/model-training.ts';
import { MonitoringStack } from './stacks/monitoring.ts';
import { OrchestrationStack } from './stacks/orchestration.ts';
import { RecommendationStack } from './stacks/recommendation.ts';
import { UniverseStack } from './stacks/universe.ts';

/** Creates one stack per brick. After the Foundation stack, each can be deployed separately: `cdk deploy DataCollection`. */
export function agentBricks(app: App): ReadonlyMap<string, Stack> {
  const profile = profileOf(app.node);
  const props = { profile };
  const foundation = new FoundationStack(app, 'Foundation', props);
  const collection = new DataCollectionStack(app, 'DataCollection', props);
  const features = new FeatureEngineeringStack(app, 'FeatureEngineering', props);
  const training = new ModelTrainingStack(app, 'ModelTraining', props);
  const recommendation = new RecommendationStack(app, 'Recommendation', props);
  const monitoring = new MonitoringStack(app, 'Monitoring', props);
  const universe = new UniverseStack(app, 'Universe', props);
  const orchestration = new OrchestrationStack(app, 'Orchestration', props);
  const bricks = [collection, features, training, recommendation, monitoring, universe, orchestration];
  // Stacks refer to each other by parameter names, not by exports, so CDK cannot infer the order of the first deployment.
  for (const brick of bricks) brick.addStackDependency(foundation);
  for (const api of [collection, recommendation]) universe.addStackDependency(api);
  for (const brick of bricks.slice(0, -1)) orchestration.addStackDependency(brick);
  setLogRetention(app, profile);
  tag(app, profile);
  return new Map([foundation, ...bricks].map((stack) => [stack.stackName, stack]));
}

/**
 * Tags all resources, so that costs can be attributed and leftovers found. The expiry date is `-c expires=2026-12-31`, or today
 * plus the profile's lifetime.
 */
function tag(app: App, { lifetimeDays }: Profile): void {
  Tags.of(app).add('project', 'agentbricks');
  const inDays = (days: number) => dayOf(Date.now() + days * DAY);
  const expires: unknown = app.node.tryGetContext('expires') ?? (lifetimeDays ? inDays(lifetimeDays) : undefined);
  if (expires) Tags.of(app).add('expires', String(expires));
}
