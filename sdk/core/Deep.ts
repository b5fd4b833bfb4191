import type * as pulumi from "@pulumi/pulumi";

type Primitive = string | number | boolean | undefined;

/** `T` with an Input allowed at every level. */
export type Deep<T> = [T] extends [Primitive]
  ? pulumi.Input<T>
  : [NonNullable<T>] extends [readonly (infer E)[]]
    ? pulumi.Input<readonly Deep<E>[] | Extract<T, undefined>>
    : pulumi.Input<{ readonly [K in keyof T]: Deep<T[K]> } | Extract<T, undefined>>;
