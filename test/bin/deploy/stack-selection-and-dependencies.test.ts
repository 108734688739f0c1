import { describe, expect, it } from 'vitest';
import { templatesOf } from '../../../bin/aws/synthesise-templates.ts';
import { dependenciesOf, selectStacks } from '../../../bin/deploy/stack-selection-and-dependencies.ts';

const learner = templatesOf('learner');

describe('a plan', () => {
  it('selects bricks by the name of their stack or folder, in the order of the templates', () => {
    expect(selectStacks(learner, ['monitoring', 'data-collection'], false, 'deploy')).toEqual([
      'DataCollection',
      'Monitoring',
    ]);
    expect(selectStacks(learner, [], true, 'deploy')).toEqual([...learner.keys()]);
    expect(() => selectStacks(learner, ['Nonsense'], false, 'deploy')).toThrow('there is no brick "Nonsense"');
    expect(() => selectStacks(learner, [], false, 'deploy')).toThrow('no brick was named');
  });

  it('reads the dependencies from the templates', () => {
    expect(dependenciesOf(learner, 'DataCollection')).toEqual(['Foundation']);
    expect(dependenciesOf(learner, 'Universe')).toEqual(expect.arrayContaining(['DataCollection', 'Recommendation']));
    expect(dependenciesOf(learner, 'Orchestration')).toEqual(
      expect.arrayContaining(['ModelTraining', 'FeatureEngineering']),
    );
    expect(dependenciesOf(learner, 'Foundation')).toEqual([]);
  });
});
