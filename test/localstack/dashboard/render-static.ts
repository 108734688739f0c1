import { type ComponentChildren, isValidElement, type VNode } from 'preact';

type Component = (props: never) => ComponentChildren;

const SHOWN = ['class', 'role', 'aria-label', 'aria-current', 'title', 'value', 'max', 'points'];

/**
 * Renders components without hooks to markup, with only the attributes in SHOWN.
 *
 * @param opaque components that are not rendered, because they need a browser
 */
export function renderStatic(node: ComponentChildren, opaque: readonly unknown[] = []): string {
  if (node === null || node === undefined || typeof node === 'boolean') return '';
  if (Array.isArray(node)) return node.map((child) => renderStatic(child, opaque)).join('');
  if (!isValidElement(node)) return String(node);
  const { type, props } = node as VNode<Record<string, unknown>>;
  if (typeof type === 'string') {
    const attributes = SHOWN.filter((name) => props[name] !== undefined).map((name) => ` ${name}="${props[name]}"`);
    return `<${type}${attributes.join('')}>${renderStatic(props.children as ComponentChildren, opaque)}</${type}>`;
  }
  if (opaque.includes(type)) return `<${(type as Component).name}>`;
  return renderStatic((type as Component)(props as never), opaque);
}
