import { describe, expect, it } from 'vitest';
import { templatesOf } from '../../../bin/aws/stack-templates.ts';
import { chosen, standsOn } from '../../../bin/deploy/deployment-plan.ts';

const learner = templatesOf('learner');

describe('a plan', () => {
  it('takes bricks by the name of their stack or folder, in the order of the templates', () => {
    expect(chosen(learner, ['monitoring', 'data-collection'], false, 'deploy')).toEqual([
      'DataCollection',
      'Monitoring',
    ]);
    expect(chosen(learner, [], true, 'deploy')).toEqual([...learner.keys()]);
    expect(() => chosen(learner, ['Nonsense'], false, 'deploy')).toThrow('there is no brick "Nonsense"');
    expect(() => chosen(learner, [], false, 'deploy')).toThrow('no brick is named');
  });

  it('knows from the templates what stands on what', () => {
    expect(standsOn(learner, 'DataCollection')).toEqual(['Foundation']);
    expect(standsOn(learner, 'Universe')).toEqual(expect.arrayContaining(['DataCollection', 'Recommendation']));
    expect(standsOn(learner, 'Orchestration')).toEqual(expect.arrayContaining(['ModelTraining', 'FeatureEngineering']));
    expect(standsOn(learner, 'Foundation')).toEqual([]);
  });
});
