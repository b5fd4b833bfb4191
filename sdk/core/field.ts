import { didYouMean } from "./didYouMean";
import type { Advice, Issue } from "./issue";

/** Stands for a value that the engine does not know yet (an Output in a constructor, or in a preview). */
export const UNKNOWN: unique symbol = Symbol("unknown until it is deployed");

/**
 * A value with its path, through which arguments are checked. Every mistake is collected, none thrown, and what is
 * UNKNOWN passes: it is checked again once it is known.
 *
 * The readers (`string`, `integer`, …) return the value when it is right and known, and `undefined` otherwise.
 */
export class Field {
  constructor(
    readonly value: unknown,
    readonly path = "",
    private readonly findings: { readonly issues: Issue[]; readonly advice: Advice[] } = { issues: [], advice: [] },
  ) {}

  get isUnknown(): boolean {
    return this.value === UNKNOWN;
  }

  get isAbsent(): boolean {
    return !isGiven(this.value);
  }

  /** The mistakes found so far, in this field and in all that share its root. */
  get found(): readonly Issue[] {
    return this.findings.issues;
  }

  /** What is allowed but probably not meant, found so far. */
  get advice(): readonly Advice[] {
    return this.findings.advice;
  }

  /** This field, or undefined when nothing was given: `field.at("port").given()?.integer(1, 65535)`. */
  given(): Field | undefined {
    return this.isAbsent ? undefined : this;
  }

  /** A property of this object. */
  at(key: string): Field {
    const value = this.isUnknown ? UNKNOWN : isObject(this.value) ? this.value[key] : undefined;
    return new Field(value, this.path === "" ? key : `${this.path}.${key}`, this.findings);
  }

  /** The elements of this array; none when it is absent or unknown. */
  items(expected = "a list"): Field[] {
    if (this.isAbsent || this.isUnknown) return [];
    if (!Array.isArray(this.value)) {
      this.fail(expected);
      return [];
    }
    return this.value.map((v: unknown, i) => new Field(v, `${this.path}[${i}]`, this.findings));
  }

  /** Reports each key of this object that is not in `known`. */
  onlyKeys(known: readonly string[]): void {
    if (!isObject(this.value)) return;
    for (const key of Object.keys(this.value).filter((k) => !known.includes(k)))
      new Field(undefined, this.path === "" ? key : `${this.path}.${key}`, this.findings).mistake(
        "no such argument",
        key,
        didYouMean(key, known),
      );
  }

  /** An object, or a mistake. */
  object(expected = "an object"): boolean {
    if (this.isUnknown || isObject(this.value)) return true;
    this.fail(expected);
    return false;
  }

  string(
    expected = "a string",
    test: (s: string) => boolean = () => true,
    fix?: (s: string) => string | undefined,
  ): string | undefined {
    if (this.isUnknown) return undefined;
    if (typeof this.value === "string" && test(this.value)) return this.value;
    this.fail(expected, typeof this.value === "string" ? fix?.(this.value) : undefined);
    return undefined;
  }

  integer(min: number, max: number, unit = ""): number | undefined {
    if (this.isUnknown) return undefined;
    if (typeof this.value === "number" && Number.isInteger(this.value) && this.value >= min && this.value <= max)
      return this.value;
    this.fail(`a whole number from ${min} to ${max}${unit === "" ? "" : ` ${unit}`}`);
    return undefined;
  }

  boolean(): boolean | undefined {
    if (this.isUnknown) return undefined;
    if (typeof this.value === "boolean") return this.value;
    this.fail("true or false");
    return undefined;
  }

  oneOf<T extends string>(choices: readonly T[]): T | undefined {
    if (this.isUnknown) return undefined;
    const chosen = choices.find((c) => c === this.value);
    if (chosen === undefined)
      this.fail(
        choices.map((c) => `"${c}"`).join(" or "),
        typeof this.value === "string" ? didYouMean(this.value, choices) : undefined,
      );
    return chosen;
  }

  /** Reports a mistake here, showing the value that came. */
  fail(expected: string, fix?: string): void {
    this.mistake(expected, show(this.value), fix);
  }

  /** Reports a mistake here without ever showing the value: for passwords and keys. */
  failSecret(expected: string, fix?: string): void {
    this.mistake(expected, undefined, fix);
  }

  /** Notes something that is allowed but probably not meant. */
  advise(text: string): void {
    this.findings.advice.push({ path: this.path, text });
  }

  /** Reports a mistake here in words of the caller's, for what is wrong only beside other arguments. */
  mistake(expected: string, got?: string, fix?: string): void {
    this.findings.issues.push({
      path: this.path,
      expected,
      ...(got === undefined ? {} : { got }),
      ...(fix === undefined ? {} : { fix }),
    });
  }
}

/** Whether there is a value; null, as data from YAML or JSON says it, is none. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** Whether a value is an object that is no list. */
export function isObject<T>(value: T): value is T & Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "symbol") return value.description ?? "a symbol";
  if (typeof value === "string" && value.includes("PRIVATE KEY")) return "a private key";
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
