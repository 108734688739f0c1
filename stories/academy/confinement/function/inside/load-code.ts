import { types } from 'node:util';
import type { Failure, LoadRequest, Script } from '../message-types.ts';
import { plainValue } from '../values/encode.ts';
import { type LearnerFunction, type LearnerRealm, learnerRealm } from './learner-realm.ts';

/** The learner's function and the step's helpers, in one realm. */
export interface Loaded {
  readonly realm: LearnerRealm;
  readonly target: LearnerFunction;
  readonly helpers: ReadonlyMap<string, LearnerFunction>;
}

/** Evaluates the step's helpers and then the learner's script, both in a new realm. */
export function loadCode({ script, helpers, name, clock, seed, limits }: LoadRequest): Loaded | Failure {
  const realm = learnerRealm(clock, seed);
  const recorded = new Map<string, LearnerFunction>();
  if (helpers) {
    const exported = exportsOf(realm, helpers, limits.load);
    if ('kind' in exported) return exported;
    for (const [key, helper] of exported.found) recorded.set(key, realm.recorded(key, helper as LearnerFunction));
  }
  const exported = exportsOf(realm, script, limits.load);
  if ('kind' in exported) return exported;
  const { found } = exported;
  if (!found.has(name))
    return { kind: 'missing-export', exported: [...found.keys()].filter((key) => key !== BUNDLERS_MARK) };
  const target = found.get(name);
  if (typeof target === 'function') return { realm, target: target as LearnerFunction, helpers: recorded };
  return { kind: 'not-a-function', type: target === null ? 'null' : typeof target };
}

const BUNDLERS_MARK = '__esModule';

function exportsOf(
  realm: LearnerRealm,
  { code, fileName }: Script,
  milliseconds: number,
): { found: Map<string, unknown> } | Failure {
  let evaluate: ReturnType<LearnerRealm['compile']>;
  try {
    evaluate = realm.compile(code, fileName);
  } catch (error) {
    const { message, stack = '' } = error as Error;
    return { kind: 'load', message: `SyntaxError: ${message}`, stack };
  }
  realm.load(evaluate);
  const end = realm.turn(milliseconds);
  if (end.kind === 'interrupted') return { kind: 'hang', milliseconds, cpuMs: end.cpuMs };
  if (end.kind !== 'threw') return { found: ownValues(realm.value()) };
  const { message, stack, code: errorCode } = end;
  const rejected = errorCode === 'ERR_IMPORT_REJECTED' && /the import of (.*) is not allowed/.exec(message)?.[1];
  if (rejected) return { kind: 'import', specifier: rejected };
  return { kind: 'load', ...(errorCode === '' ? {} : { code: errorCode }), message, stack };
}

function ownValues(exported: unknown): Map<string, unknown> {
  if (typeof exported !== 'object' || exported === null || types.isProxy(exported)) return new Map();
  const names = Reflect.ownKeys(exported).filter((key) => typeof key === 'string');
  return new Map(names.map((name) => [name, plainValue(exported, name)]));
}
