import { basename, join, resolve } from 'node:path';
import type { SeamKind } from '../../../functions/platform/seams.ts';
import { definitionsOf, functionEntries, importsOf, reachableFrom, sources } from './production-import-graph.ts';
import type { Proof } from './production-seam-check-types.ts';
import { asl, json, promql, rules, sql } from './prove-production-runs-seam-files.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const functions = reachableFrom(functionEntries);
const stacks = reachableFrom(['bin/cdk-app.ts']);

/** Proves that a function is exported, defined once, and imported by name in a file that an entry reaches. */
const typescript =
  (reached: ReadonlySet<string>): Proof =>
  async ({ name, file, signature }) => {
    const problems: string[] = [];
    const exported = ((await import(join(ROOT, file))) as Record<string, unknown>)[name];
    if (typeof exported !== 'function') problems.push(`${file} exports no function ${name}`);
    else if (exported.length > parametersOf(signature)) problems.push(`${name} has more parameters than ${signature}`);
    const others = definitionsOf(name).filter((other) => other !== file);
    if (others.length > 0) problems.push(`${name} is defined in ${others.join(', ')}, too`);
    const users = [...reached].filter((user) =>
      importsOf(user).some((used) => used.file === file && used.names.includes(name)),
    );
    if (users.length === 0) problems.push(`no production entry reaches an import of ${name} from ${file}`);
    return problems;
  };

const parametersOf = (signature: string): number => {
  const inner = signature.slice(1, signature.indexOf(')')).replaceAll(/\{[^}]*\}/g, 'fields');
  return inner.trim() === '' ? 0 : inner.split(',').length;
};

/** Proves that a function or class of the trainer is defined in the file, and that another module imports it. */
const python: Proof = ({ name, file }) => {
  const source = sources.get(file);
  if (source === undefined) return [`${file} does not exist`];
  const [outer = name] = name.split('.');
  const problems = name.split('.').some((part) => !new RegExp(`^\\s*(?:class|def) ${part}\\b`, 'm').test(source))
    ? [`${file} does not define ${name}`]
    : [];
  const module = basename(file, '.py');
  const isImport = new RegExp(
    `from [\\w.]*\\b${module} import [^\\n]*\\b${outer}\\b|import \\(?[^)\\n]*\\b${module}\\b`,
  );
  const users = [...sources].filter(([other, code]) => other.endsWith('.py') && other !== file && isImport.test(code));
  return users.length === 0 ? [...problems, `no module of the trainer imports ${outer} from ${module}`] : problems;
};

/** Kind of seam → proof that production runs it. */
export const PROOFS: Readonly<Record<SeamKind, Proof>> = {
  typescript: typescript(functions),
  cdk: typescript(stacks),
  sql,
  promql,
  rules,
  asl,
  json,
  python,
};
