import type { Node } from 'constructs';

/** Returns the address of a runbook: its path in the repository, or its page below `-c runbooks=https://…`. */
export function runbookAt(node: Node, page: `docs/runbooks/${string}.md`): string {
  const base: unknown = node.tryGetContext('runbooks');
  return typeof base === 'string' ? page.replace('docs/runbooks', base.replace(/\/$/, '')) : page;
}
