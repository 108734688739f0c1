import { parseSync } from 'oxc-parser';
import { lineAt, type SyntaxComment } from './syntax-comment-and-line-of-offset.ts';
import { child, children, dottedName, type SyntaxNode, walk } from './walk-syntax-tree.ts';

export interface TypescriptRules {
  /** Whether the function must return the same value for the same arguments, and leave them unchanged. */
  readonly isPure: boolean;
}

type Found = Omit<SyntaxComment, 'line'> & { readonly node: SyntaxNode };

/** Applies the rules to a learner's TypeScript file. A file that cannot be parsed has no comments. */
export function typescriptComments(text: string, { isPure }: TypescriptRules): SyntaxComment[] {
  const { program, errors } = parseSync('learner.ts', text);
  if (errors.length > 0) return [];
  const root = program as unknown as SyntaxNode;
  const found = [
    ...emptyCatches(root),
    ...awaitsInLoops(root),
    ...markedFirst(root),
    ...(isPure ? [...impureCalls(root), ...changedParameters(root)] : []),
  ];
  return found
    .sort((a, b) => a.node.start - b.node.start)
    .map(({ node, rule, says }) => ({ rule, line: lineAt(text, node.start), says }));
}

function emptyCatches(root: SyntaxNode): Found[] {
  const says = 'The error ends here, and no caller sees it. Handle it, or do not catch it.';
  return [...walk(root)]
    .filter(({ node }) => node.type === 'CatchClause' && children(child(node, 'body'), 'body').length === 0)
    .map(({ node }) => ({ node, rule: 'empty catch', says }));
}

const LOOPS = ['ForStatement', 'ForOfStatement', 'ForInStatement', 'WhileStatement', 'DoWhileStatement'];
const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

function awaitsInLoops(root: SyntaxNode): Found[] {
  const says =
    'Each round waits until the round before has ended. Pass all values to one call, unless the order matters.';
  return [...walk(root)]
    .filter(({ node, above }) => {
      if (node.type !== 'AwaitExpression') return false;
      const own = above.slice(above.findLastIndex(({ type }) => FUNCTIONS.includes(type)) + 1);
      const path = [...own, node];
      // In `for (const x of await f())`, the value is awaited only once, before the loop.
      return own.some((loop, i) => LOOPS.includes(loop.type) && child(loop, 'right') !== path[i + 1]);
    })
    .map(({ node }) => ({ node, rule: 'await in a loop', says }));
}

const CLOCKS = ['Date.now', 'performance.now'];
const RANDOM = ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues'];

function impureCalls(root: SyntaxNode): Found[] {
  return [...walk(root)].flatMap(({ node }): Found[] => {
    const name = dottedName(child(node, 'callee')) ?? '';
    const isDate = node.type === 'NewExpression' && name === 'Date' && children(node, 'arguments').length === 0;
    if (isDate || (node.type === 'CallExpression' && CLOCKS.includes(name))) {
      const says =
        'The function reads a clock, so the same arguments give a different result later. Use the time that it receives.';
      return [{ node, rule: 'a clock in a pure function', says }];
    }
    if (node.type !== 'CallExpression' || !RANDOM.includes(name)) return [];
    const says =
      'The function uses a random number, so a repeated request gets a different result. Derive the number from the arguments.';
    return [{ node, rule: 'randomness in a pure function', says }];
  });
}

/** Methods that change their array. */
const CHANGING = ['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'];

function changedParameters(root: SyntaxNode): Found[] {
  const seam = exportedFunction(root);
  if (!seam) return [];
  const names = new Set(children(seam, 'params').flatMap(boundNames));
  const isParameter = (node: SyntaxNode | undefined): boolean => {
    let object = node;
    while (object?.type === 'MemberExpression') object = child(object, 'object');
    return object?.type === 'Identifier' && names.has(String(object.name));
  };
  const says = 'This changes an argument, which the caller still needs. Make a copy and change the copy.';
  return [...walk(seam)]
    .filter(({ node }) => {
      const target = child(node, 'left') ?? child(node, 'argument');
      const isChange = ['AssignmentExpression', 'UpdateExpression'].includes(node.type) || node.operator === 'delete';
      if (isChange) return target?.type === 'MemberExpression' && isParameter(target);
      const callee = child(node, 'callee');
      const method = String(child(callee, 'property')?.name);
      return node.type === 'CallExpression' && callee?.type === 'MemberExpression' && CHANGING.includes(method)
        ? isParameter(child(callee, 'object'))
        : false;
    })
    .map(({ node }) => ({ node, rule: 'a changed argument', says }));
}

/** Finds an id that is marked as known before the record is in the log. */
function markedFirst(root: SyntaxNode): Found[] {
  const seam = exportedFunction(root);
  if (!seam) return [];
  // The body of an inner function runs when the function is called, not where it is written.
  const calls = [...walk(seam)].filter(
    ({ node, above }) => node.type === 'CallExpression' && !above.slice(1).some(({ type }) => FUNCTIONS.includes(type)),
  );
  const first = (...methods: string[]) =>
    calls.find(({ node }) => methods.includes(String(child(child(node, 'callee'), 'property')?.name)))?.node;
  const [marked, appended] = [first('putMany', 'put'), first('append')];
  if (!marked || !appended || marked.start > appended.start) return [];
  const says =
    'The id is stored before the append. If the process ends between the two writes, the repeat is dropped and the event is lost.';
  return [{ node: marked, rule: 'marking before appending', says }];
}

function exportedFunction(root: SyntaxNode): SyntaxNode | undefined {
  return children(root, 'body')
    .filter(({ type }) => type === 'ExportNamedDeclaration')
    .map((each) => child(each, 'declaration'))
    .flatMap((declaration) => (declaration?.type === 'VariableDeclaration' ? functionsIn(declaration) : [declaration]))
    .find((node) => node !== undefined && FUNCTIONS.includes(node.type));
}

const functionsIn = (declaration: SyntaxNode): (SyntaxNode | undefined)[] =>
  children(declaration, 'declarations').map((each) => child(each, 'init'));

/** Returns the names that a parameter binds, destructured ones included. */
const boundNames = (parameter: SyntaxNode): string[] =>
  [...walk(parameter)].flatMap(({ node, above }) => {
    const parent = above.at(-1);
    if (node.type !== 'Identifier' || above.some(({ type }) => type.startsWith('TS'))) return [];
    const isKey = parent?.type === 'Property' && child(parent, 'key') === node && child(parent, 'value') !== node;
    const isDefault = above.some(
      (each, i) => each.type === 'AssignmentPattern' && child(each, 'right') === [...above, node][i + 1],
    );
    return isKey || isDefault ? [] : [String(node.name)];
  });
