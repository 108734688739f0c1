// Bundles replace 'ajv/dist/2020.js' by this file, so it imports Ajv by another path.
import { Ajv2020, type AnySchema, type Options, type ValidateFunction } from 'ajv/dist/./2020.js';

/**
 * Ajv that compiles a schema on its first use. It replaces Ajv in Lambda bundles
 * (lib/constructs/compute/esbuild-options.ts): the Kafka client compiles 39 schemas of its options on loading, which
 * takes a quarter of a second, and uses four of them.
 */
class LazyAjv extends Ajv2020 {
  constructor(options?: Options) {
    super(options);
    const compile = this.compile.bind(this) as (schema: AnySchema) => ValidateFunction;
    this.compile = ((schema: AnySchema) => lazily(() => compile(schema))) as this['compile'];
  }
}

export { LazyAjv as Ajv2020 };

function lazily(compile: () => ValidateFunction) {
  let compiled: ValidateFunction | undefined;
  const validate = Object.assign(
    (data: unknown): boolean => {
      compiled ??= compile();
      const isValid = compiled(data);
      validate.errors = compiled.errors;
      return isValid;
    },
    { errors: undefined as ValidateFunction['errors'] },
  );
  return validate;
}
