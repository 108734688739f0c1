/** What JSON can hold; `undefined` marks a field that is left out. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json | undefined };
export type JsonObject = { readonly [field: string]: Json | undefined };
