/** Stands, in a preview, for text that only `pulumi up` will know. */
export const GAP = "(known after up)";
