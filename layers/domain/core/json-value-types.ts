/** A JSON value. Serialisation omits fields whose value is `undefined`. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json | undefined };
export type JsonObject = { readonly [field: string]: Json | undefined };
