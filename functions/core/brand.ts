declare const brand: unique symbol;

/** A `Value` that only its own parser or maker hands out: holding one proves that the check was done. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
