import { describe, expect, it } from 'vitest';
import { commentsOf, messagesOf, proseOf, sampled, sentencesOf } from './print-random-texts-to-judge.ts';

describe('the texts that readers judge', () => {
  it('are the sentences of a page, without code, headings, tables and targets of links', () => {
    const page = [
      '# A title of four words',
      'One sentence stands [here in](page.md#part) full. Another one follows it `now`.',
      '| a table of | four columns |',
      '- a list item has words',
      '```',
      'this code is left out',
      '```',
    ].join('\n\n');
    expect(sentencesOf(proseOf(page))).toEqual([
      'One sentence stands here in full.',
      'Another one follows it `now`.',
      'a list item has words',
    ]);
  });

  it('are the comments of TypeScript, Python and SQL', () => {
    const typescript =
      '/**\n * Returns a number of bytes.\n * @param a number of some kind\n */\nconst a = 1; // One more than zero here\n';
    expect(commentsOf(typescript, 'a.ts').flatMap(sentencesOf)).toEqual([
      'Returns a number of bytes.',
      'a number of some kind',
      'One more than zero here',
    ]);
    expect(commentsOf('"""Returns what is asked."""\n# One line of comment\n', 'a.py').flatMap(sentencesOf)).toEqual([
      'Returns what is asked.',
      'One line of comment',
    ]);
    expect(commentsOf('-- One row per user.\nSELECT 1\n', 'a.sql').flatMap(sentencesOf)).toEqual(['One row per user.']);
  });

  it('are the parts of error messages', () => {
    const source = "super({\n what: `the file is missing`,\n why: 'it was deleted',\n fix:\n 'Restore it',\n});";
    expect(messagesOf(source)).toEqual(['the file is missing', 'it was deleted', 'Restore it']);
  });

  it('are the same for the same seed, and others for another', () => {
    const all = Array.from({ length: 100 }, (_, i) => ({ text: `sentence ${i}`, path: 'a.md' }));
    expect(sampled(all, 1, 10)).toEqual(sampled(all, 1, 10));
    expect(sampled(all, 1, 10)).not.toEqual(sampled(all, 2, 10));
    expect(new Set(sampled(all, 1, 10).map(({ text }) => text)).size).toBe(10);
  });
});
