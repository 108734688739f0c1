/** A node of a syntax tree in the form of ESTree. */
export interface SyntaxNode {
  readonly type: string;
  /** Offset of the first character. */
  readonly start: number;
  readonly [field: string]: unknown;
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';

/** Returns the node in a field, if there is one. */
export function child(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

/** Returns the nodes in a field that contains a list. */
export function children(node: SyntaxNode | undefined, field: string): readonly SyntaxNode[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/**
 * Yields a node and all nodes below it with their ancestors, in the order of the text.
 *
 * @param above the ancestors, nearest last
 */
export function* walk(
  node: SyntaxNode,
  above: readonly SyntaxNode[] = [],
): Generator<{ readonly node: SyntaxNode; readonly above: readonly SyntaxNode[] }> {
  yield { node, above };
  const below = [...above, node];
  const found = Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
  for (const each of found.sort((a, b) => a.start - b.start)) yield* walk(each, below);
}

/** Returns the dotted name of an expression such as `performance.now`, or undefined if it has none. */
export function dottedName(node: SyntaxNode | undefined): string | undefined {
  if (node?.type === 'Identifier') return String(node.name);
  if (node?.type !== 'MemberExpression' || node.computed === true) return undefined;
  const object = dottedName(child(node, 'object'));
  const property = child(node, 'property');
  return object === undefined || property?.type !== 'Identifier' ? undefined : `${object}.${String(property.name)}`;
}
