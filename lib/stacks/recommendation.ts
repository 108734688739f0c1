import type { Construct } from 'constructs';
import type { TriggerName } from '../../functions/triggers.ts';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';
import type { BrickFunction } from '../constructs/compute/brick-function.ts';
import { keepProvisioned, publishGradually } from '../constructs/compute/canary-rollout-and-provisioned-concurrency.ts';
import type { RouteTarget } from '../constructs/compute/route-target-types.ts';
import { ServingContainers } from '../constructs/compute/serving-containers.ts';

/** The function whose handler the containers run (functions/recommendation/serve). */
const SERVED_BY_CONTAINERS: TriggerName = 'recommend';

/** Brick 04: the recommendation API, served by functions or by containers that run the same handler. */
export class RecommendationStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'recommendation', props);
  }

  protected override serving(name: TriggerName, target: BrickFunction): RouteTarget {
    const inContainers = this.profile.serving.on === 'fargate' && name === SERVED_BY_CONTAINERS;
    if (inContainers) return new ServingContainers(this, 'Serving', target.trigger, this);
    const live = publishGradually(this, name, target, this.profile);
    if (this.profile.serving.warm) keepProvisioned(live, this.profile.serving.warm);
    return { function: live };
  }
}
