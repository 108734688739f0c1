import type { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { acknowledgements } from '../../lib/acknowledgements.ts';
import { type ProfileName, profiles } from '../../lib/profiles.ts';
import { synthesise } from './synth.ts';

describe('cdk-nag', () => {
  it.each(Object.keys(profiles) as ProfileName[])(
    'finds nothing in the profile %s that nobody acknowledged',
    (profile) => {
      expect(synthesise(profile).findings).toEqual([]);
    },
  );

  it('stops a synthesis with an open bucket', () => {
    const open = () => synthesise('learner', (stacks) => new Bucket(stacks.get('Foundation') as Stack, 'Open'));
    expect(open).toThrow('AwsSolutions-S1');
  });
});

describe('an acknowledgement', () => {
  it('has a reason, and stands once', () => {
    const keys = acknowledgements.map(({ at, id }) => `${at} ${id}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(acknowledgements.filter(({ reason }) => reason.length < 30)).toEqual([]);
  });
});
