import { unsupported } from '../promql/rule-error.ts';

/** A part of a regular expression: a test for one character, or the start of alternatives. */
type State =
  | { readonly kind: 'character'; readonly test: (character: string) => boolean; next: number }
  | { readonly kind: 'split'; readonly next: number[] }
  | { readonly kind: 'end' };

type Part =
  | { readonly kind: 'character'; readonly test: (character: string) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly parts: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly unbounded: boolean; readonly optional: boolean };

const MAX_STATES = 2_000;
const MAX_GROUPS = 50;

/**
 * Returns a test that a complete text matches a regular expression. Its time is linear in the length of the text, as in
 * Prometheus; JavaScript's expressions can take exponential time.
 *
 * @throws RuleProblem if the expression uses syntax that this function does not know
 */
export function linearRegex(source: string): (text: string) => boolean {
  const states: State[] = [];
  const start = build(parseRegex(source), add(states, { kind: 'end' }, source), states, source);
  return (text) => {
    let current = reach([start], states);
    for (const character of text) {
      const next: number[] = [];
      for (const index of current) {
        const state = states[index] as State;
        if (state.kind === 'character' && state.test(character)) next.push(state.next);
      }
      current = reach(next, states);
      if (current.size === 0) return false;
    }
    return [...current].some((index) => states[index]?.kind === 'end');
  };
}

/** Returns the states that can be reached without reading a character. */
function reach(from: readonly number[], states: readonly State[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const waiting = [...from];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const state = states[index] as State;
    if (state.kind === 'split') waiting.push(...state.next);
  }
  return reached;
}

function add(states: State[], state: State, source: string): number {
  if (states.length >= MAX_STATES) throw unsupported(source, 'The long regular expression');
  return states.push(state) - 1;
}

/** Adds the states of a part, which continue at the state `next`. @returns the first state */
function build(part: Part, next: number, states: State[], source: string): number {
  if (part.kind === 'character') return add(states, { ...part, next }, source);
  if (part.kind === 'sequence')
    return part.parts.reduceRight((after, each) => build(each, after, states, source), next);
  if (part.kind === 'choice') {
    return add(states, { kind: 'split', next: part.parts.map((each) => build(each, next, states, source)) }, source);
  }
  const ways: number[] = [];
  const split = add(states, { kind: 'split', next: ways }, source);
  const body = build(part.part, part.unbounded ? split : next, states, source);
  ways.push(body, next);
  return part.optional ? split : body;
}

/** Parses alternatives, sequences, groups, classes, and the repetitions *, + and ?. */
function parseRegex(source: string): Part {
  let at = 0;
  const fail = (): never => {
    throw unsupported(source, 'The regular expression');
  };
  const choice = (): Part => {
    const parts = [sequence()];
    while (source[at] === '|') {
      at += 1;
      parts.push(sequence());
    }
    return { kind: 'choice', parts };
  };
  const sequence = (): Part => {
    const parts: Part[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeated(atom()));
    return { kind: 'sequence', parts };
  };
  const repeated = (part: Part): Part => {
    const sign = source[at];
    if (sign === '{') return fail();
    if (sign !== '*' && sign !== '+' && sign !== '?') return part;
    at += 1;
    if (/[*+?]/.test(source[at] ?? '')) return fail();
    return { kind: 'repeat', part, unbounded: sign !== '?', optional: sign !== '+' };
  };
  const atom = (): Part => {
    const character = source[at] ?? '';
    at += 1;
    if (character === '(') return group();
    if (character === '[') return { kind: 'character', test: characterClass() };
    if (character === '.') return { kind: 'character', test: () => true };
    if (character === '\\') return { kind: 'character', test: escaped() };
    if (/[*+?{}^$\]]/.test(character)) return fail();
    return { kind: 'character', test: (each) => each === character };
  };
  const group = (): Part => {
    if (source.startsWith('?:', at)) at += 2;
    else if (source[at] === '?') return fail();
    const inner = choice();
    if (source[at] !== ')') return fail();
    at += 1;
    return inner;
  };
  const escaped = (): ((character: string) => boolean) => {
    const character = source[at] ?? '';
    at += 1;
    if (character === 'd') return (each) => /[0-9]/.test(each);
    if (character === 'w') return (each) => /[0-9A-Za-z_]/.test(each);
    if (/[0-9A-Za-z]|^$/.test(character)) return fail();
    return (each) => each === character;
  };
  const characterClass = (): ((character: string) => boolean) => {
    const end = source.indexOf(']', at + 1);
    const content = end < 0 ? fail() : source.slice(at, end);
    at = end + 1;
    if (!/^\^?(?:[\w .,:/-]|[\w]-[\w])+$/.test(content)) return fail();
    try {
      const members = new RegExp(`[${content}]`);
      return (each) => members.test(each);
    } catch {
      return fail();
    }
  };
  // Groups are parsed by recursion, and characters outside the basic plane have two code units.
  if ((source.match(/\(/g) ?? []).length > MAX_GROUPS || /[\ud800-\udfff]/.test(source)) return fail();
  const whole = choice();
  return at < source.length ? fail() : whole;
}
