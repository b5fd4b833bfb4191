/** Debian releases that Raspberry Pi OS is made of, and that are supported. */
export const SUITES = ["bookworm", "trixie"] as const;
/** A supported release: `"bookworm"` or `"trixie"`. */
export type Suite = (typeof SUITES)[number];
