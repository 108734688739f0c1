import { type App, type Stack, Tags } from 'aws-cdk-lib';
import { DAY } from '#domain/time.ts';
import { endLogsOf } from './log-ends.ts';
import { type Profile, profileOf } from './profiles.ts';
import { DataCollectionStack } from './stacks/data-collection.ts';
import { FeatureEngineeringStack } from './stacks/feature-engineering.ts';
import { FoundationStack } from './stacks/foundation.ts';
import { ModelTrainingStack } from './stacks/model-training.ts';
import { MonitoringStack } from './stacks/monitoring.ts';
import { OrchestrationStack } from './stacks/orchestration.ts';
import { RecommendationStack } from './stacks/recommendation.ts';
import { UniverseStack } from './stacks/universe.ts';

/** Characters of a date in ISO 8601. */
const DATE = 10;

/** A stack per brick, each deployable on its own once the Foundation stands: `cdk deploy DataCollection`. */
export function agentBricks(app: App): ReadonlyMap<string, Stack> {
  const profile = profileOf(app.node);
  const props = { profile };
  const foundation = new FoundationStack(app, 'Foundation', props);
  const bricks = [
    new DataCollectionStack(app, 'DataCollection', props),
    new FeatureEngineeringStack(app, 'FeatureEngineering', props),
    new ModelTrainingStack(app, 'ModelTraining', props),
    new RecommendationStack(app, 'Recommendation', props),
    new MonitoringStack(app, 'Monitoring', props),
    new UniverseStack(app, 'Universe', props),
    new OrchestrationStack(app, 'Orchestration', props),
  ];
  // Names, not exports: the order of a first deployment still has to be told.
  for (const brick of bricks) brick.addStackDependency(foundation);
  const orchestration = bricks.at(-1);
  for (const brick of bricks.slice(0, -1)) orchestration?.addStackDependency(brick);
  endLogsOf(app, profile);
  tag(app, profile);
  return new Map([foundation, ...bricks].map((stack) => [stack.stackName, stack]));
}

/** So that a bill can be split, and what was forgotten found: `-c expires=2026-12-31`, or a profile's days from today. */
function tag(app: App, { lifetimeDays }: Profile): void {
  Tags.of(app).add('project', 'agentbricks');
  const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, DATE);
  const expires: unknown = app.node.tryGetContext('expires') ?? (lifetimeDays ? inDays(lifetimeDays) : undefined);
  if (expires) Tags.of(app).add('expires', String(expires));
}
