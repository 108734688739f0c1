import { type App, type Stack, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from './acknowledgements.ts';
import { profileNamed } from './profiles.ts';
import { DataCollectionStack, FeatureEngineeringStack, RecommendationStack } from './stacks/bricks.ts';
import { FoundationStack } from './stacks/foundation.ts';
import { ModelTrainingStack } from './stacks/model-training.ts';
import { MonitoringStack } from './stacks/monitoring.ts';
import { OrchestrationStack } from './stacks/orchestration.ts';
import { UniverseStack } from './stacks/universe.ts';

const DEFAULT_PROFILE = 'learner';

/** A stack per brick, each deployable on its own once the Foundation stands: `cdk deploy DataCollection`. */
export function agentBricks(app: App): ReadonlyMap<string, Stack> {
  const profile = profileNamed(app.node.tryGetContext('profile') ?? DEFAULT_PROFILE);
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
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledge(app);
  Tags.of(app).add('project', 'agentbricks');
  return new Map([foundation, ...bricks].map((stack) => [stack.stackName, stack]));
}
