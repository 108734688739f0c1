/** A JSON Schema. The declared keywords are the ones that contain schemas or field names. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

/** Keywords without effect on validation. */
const ANNOTATIONS = new Set(['$schema', '$id', 'id', 'title', 'description', 'example', 'examples', 'default']);
/**
 * Upper limits, which accept more values when they increase, and lower limits, which accept more when they decrease.
 */
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];
/** Keywords that functions below compare separately. */
const STRUCTURE = new Set(['properties', 'required', 'items', 'enum', 'additionalProperties', 'multipleOf']);

/**
 * Returns the reasons why `after` must not replace `before`: valid events that it would reject, or fields that
 * consumers need and that could be missing. Returns an empty array for an additive change: a new optional field, a
 * wider range, one more value. A change of any other keyword is always a reason.
 */
export function incompatibilities(before: JsonSchema, after: JsonSchema, path = ''): string[] {
  const at = path || 'the schema';
  return [
    ...fieldsOf(before, after, path),
    ...bounds(before, after, at),
    ...values(before, after, at),
    ...others(before, after, at),
    ...(before.items && after.items ? incompatibilities(before.items, after.items, `${path}[]`) : []),
    ...(!before.items !== !after.items ? [`${at}: the schema of its items was added or removed`] : []),
  ];
}

function fieldsOf(before: JsonSchema, after: JsonSchema, path: string): string[] {
  const [old, fresh] = [before.properties ?? {}, after.properties ?? {}];
  const [needed, needs] = [new Set(before.required), new Set(after.required)];
  const named = (name: string) => (path ? `${path}.${name}` : name);
  return [
    ...Object.keys(old).flatMap((name) => {
      const [one, other] = [old[name], fresh[name]];
      if (!one || !other) return [`${named(name)}: removed or renamed`];
      return incompatibilities(one, other, named(name));
    }),
    ...[...needs].filter((name) => !needed.has(name)).map((name) => `${named(name)}: newly required`),
    ...[...needed]
      .filter((name) => !needs.has(name) && name in fresh)
      .map((name) => `${named(name)}: no longer required, but consumers rely on it`),
  ];
}

function bounds(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const tightened = (keyword: string, sign: 1 | -1) => {
    const [old, fresh] = [before[keyword], after[keyword]] as (number | undefined)[];
    if (fresh === undefined || (old !== undefined && sign * (fresh - old) >= 0)) return [];
    return [`${at}: ${keyword} tightened from ${old ?? 'none'} to ${fresh}`];
  };
  return [...UPPER.flatMap((keyword) => tightened(keyword, 1)), ...LOWER.flatMap((keyword) => tightened(keyword, -1))];
}

function values(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const found: string[] = [];
  const [old, fresh] = [before.enum, after.enum] as (readonly unknown[] | undefined)[];
  if (!old && fresh) found.push(`${at}: restricted to certain values`);
  const lost = old && fresh ? old.filter((value) => !fresh.includes(value)) : [];
  if (lost.length > 0) found.push(`${at}: no longer accepts ${lost.join(', ')}`);
  const [step, newStep] = [before.multipleOf, after.multipleOf] as (number | undefined)[];
  if (newStep !== undefined && (step === undefined || step % newStep !== 0)) found.push(`${at}: multipleOf tightened`);
  if (before.additionalProperties !== false && after.additionalProperties === false) {
    found.push(`${at}: no longer accepts other fields`);
  }
  return found;
}

/** Compares all other keywords, such as `type`, `const`, `pattern` and `format`. */
function others(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const compared = new Set([...UPPER, ...LOWER, ...STRUCTURE, ...ANNOTATIONS]);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((keyword) => !compared.has(keyword))
    .filter((keyword) => JSON.stringify(before[keyword]) !== JSON.stringify(after[keyword]))
    .map((keyword) => `${at}: ${keyword} changed from ${show(before[keyword])} to ${show(after[keyword])}`);
}

const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
