import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort();
const textOf = (page: string) => readFileSync(join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');

/** Returns the anchors that GitHub gives to the headings of a page. */
const anchorsOf = (page: string) =>
  [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

function brokenLinks(page: string, text = textOf(page)): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path ? relative(root, join(root, dirname(page), path)) : page;
    return !existsSync(join(root, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
  });
}

/** Returns the paths of this repository that a page names in code, except paths with a placeholder. */
const namedPaths = (page: string) =>
  [...textOf(page).matchAll(/`((?:bin|docs|functions|layers|lib|localstack|stories|test)\/[^`\s<>…]*)`/g)].map(
    ([, path]) => path as string,
  );

describe('the pages', () => {
  it.each(pages)('%s links only to files and headings that exist', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('are checked: a planted link to a file and one to a heading are found', () => {
    const planted = '[a](no-such-page.md) [b](glossary.md#no-such-term) [c](glossary.md#agent)';
    expect(brokenLinks('docs/architecture.md', planted)).toEqual(['no-such-page.md', 'glossary.md#no-such-term']);
  });

  it.each(['AGENTS.md', 'docs/architecture.md', 'docs/technologies.md'])('%s names only paths that exist', (page) => {
    expect(namedPaths(page).length).toBeGreaterThan(5);
    expect(namedPaths(page).filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([]);
  });

  it('list every decision in its index', () => {
    const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
    const titles = globSync('docs/decisions/[0-9]*.md', { cwd: root })
      .sort()
      .map((page) => /^# (\d+)\. (.+)$/m.exec(textOf(page)))
      .map((heading) => `${heading?.[1]}. [${heading?.[2]}]`);
    expect(titles.filter((title) => !index.includes(title))).toEqual([]);
  });
});
