/**
 * Freezes the accessors of `stack`. The learner's code can receive an error of this realm, because Node formats stack
 * traces here. From an error it can reach the built-in objects, which --frozen-intrinsics freezes, and these functions.
 */
export function freezeStackAccessors(): void {
  const { get, set } = Object.getOwnPropertyDescriptor(new Error(), 'stack') ?? {};
  for (const each of [get, set]) Object.freeze(each);
}
