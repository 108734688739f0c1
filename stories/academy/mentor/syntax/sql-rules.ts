import { openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { lineAt, type SyntaxComment } from './syntax-comment-and-line-of-offset.ts';

/** Functions whose result depends on the order of their rows. */
const ORDERED_WINDOWS = /^WINDOW_(ROW_NUMBER|FIRST_VALUE|LAST_VALUE|NTH_VALUE|LAG|LEAD|RANK|RANK_DENSE)$/;
const ORDERED_AGGREGATES = ['first', 'last', 'arbitrary', 'list', 'array_agg', 'string_agg', 'group_concat'];
const CLOCKS = ['now', 'current_timestamp', 'get_current_timestamp', 'today', 'current_date', 'transaction_timestamp'];
const RANDOM = ['random', 'uuid', 'gen_random_uuid'];

interface SqlNode {
  readonly [field: string]: unknown;
}

/**
 * Applies the rules to a learner's query, which is parsed and not run. A query that cannot be parsed gets no comments.
 */
export async function sqlComments(text: string): Promise<SyntaxComment[]> {
  using database = await openDuckDb();
  const [row] = await database.rows<{ tree: string }>(`SELECT json_serialize_sql(${sqlText(text)}) AS tree`);
  const found: { at: number; rule: string; says: string }[] = [];
  visit(JSON.parse(row?.tree ?? '{}'), (node) => {
    const comment = commentOn(node);
    if (comment) found.push({ at: positionOf(node), ...comment });
  });
  const bytes = Buffer.from(text);
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...comment }) => ({ ...comment, line: lineAt(bytes.subarray(0, at).toString(), at) }));
}

function visit(value: unknown, each: (node: SqlNode) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) each(value as SqlNode);
  for (const below of Object.values(value)) visit(below, each);
}

function commentOn(node: SqlNode): Pick<SyntaxComment, 'rule' | 'says'> | undefined {
  const name = String(node.function_name ?? '');
  if (typeof node.type === 'string' && ORDERED_WINDOWS.test(node.type) && isUnordered(node.orders)) {
    return missingOrder(`${name}() over rows`);
  }
  if (node.class === 'FUNCTION' && ORDERED_AGGREGATES.includes(name) && isUnordered(ordersOf(node.order_bys))) {
    return missingOrder(`${name}()`);
  }
  const modifiers = Array.isArray(node.modifiers) ? (node.modifiers as SqlNode[]) : [];
  const has = (type: string) => modifiers.some((each) => each.type === type);
  if (has('LIMIT_MODIFIER') && !has('ORDER_MODIFIER')) return missingOrder('LIMIT');
  if (node.class === 'FUNCTION' && CLOCKS.includes(name)) {
    return {
      rule: 'a clock in a query',
      says: 'The query reads a clock, so a training set that is built again has different rows. Use the times of the rows.',
    };
  }
  if (node.class !== 'FUNCTION' || !RANDOM.includes(name)) return undefined;
  return {
    rule: 'randomness in a query',
    says: 'The query uses random numbers, so each run gives a different result. Derive the choice from a hash of the row.',
  };
}

const ordersOf = (modifier: unknown): unknown => (modifier as { orders?: unknown } | undefined)?.orders;
const isUnordered = (orders: unknown): boolean => !Array.isArray(orders) || orders.length === 0;

const missingOrder = (what: string) => ({
  rule: 'a missing ORDER BY',
  says: `${what} depends on the order of the rows, and the database may return them in any order. Add an ORDER BY without ties.`,
});

/** Returns the first known byte position in a node. */
function positionOf(node: SqlNode): number {
  let first = Number.POSITIVE_INFINITY;
  visit(node, ({ query_location: at }) => {
    if (typeof at === 'number' && at < first) first = at;
  });
  return Number.isFinite(first) ? first : 0;
}
