/** A JSON value. A field that is `undefined` is omitted. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json | undefined };
export type JsonObject = { readonly [field: string]: Json | undefined };
