import type { parser } from '@prometheus-io/lezer-promql';

/** A node of the parser's syntax tree. */
export type Node = ReturnType<typeof parser.parse>['topNode'];

export const textOf = ({ from, to }: Node, text: string): string => text.slice(from, to);

/** Returns the children of a node without comments. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(child);
  }
  return children;
}

export const childOf = (node: Node, name: string): Node | undefined => node.getChild(name) ?? undefined;

/** Returns all nodes of a name below a node, and the node itself, in the order of the text. */
export function nodesOf(node: Node, name: string): Node[] {
  const found: Node[] = [];
  const visit = (each: Node): void => {
    if (each.name === name) found.push(each);
    for (const child of childrenOf(each)) visit(child);
  };
  visit(node);
  return found;
}

/** Returns the first place where the text does not follow the grammar. */
export function firstError(top: Node): Node | undefined {
  let error: Node | undefined;
  top.cursor().iterate((each) => {
    if (each.type.isError) error ??= each.node;
    return error === undefined;
  });
  return error;
}

/** Returns how deep a tree is, without recursion. */
export function depthOf(top: Node): number {
  let [depth, deepest] = [0, 0];
  top.cursor().iterate(
    () => {
      depth += 1;
      deepest = Math.max(deepest, depth);
    },
    () => {
      depth -= 1;
    },
  );
  return deepest;
}
