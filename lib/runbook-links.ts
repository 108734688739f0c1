import type { Node } from 'constructs';

/** Where a page of docs/runbooks is to be read: in the repository, or at the address that `-c runbooks=https://…` gives. */
export function runbookAt(node: Node, page: `docs/runbooks/${string}.md`): string {
  const base: unknown = node.tryGetContext('runbooks');
  return typeof base === 'string' ? page.replace('docs/runbooks', base.replace(/\/$/, '')) : page;
}
