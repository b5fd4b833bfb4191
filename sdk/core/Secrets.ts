import * as pulumi from "@pulumi/pulumi";

import { type Field, isObject } from "./field";
import type { Advice, Issue } from "./issue";
import { isEventual } from "./Shape";

/** What was found in arguments. */
export type Findings = Pick<Field, "found" | "advice">;

/** Shorter ones would be found in every text, and are no secret to anybody. */
const LEAST_CHARACTERS = 3;

/**
 * Findings as people may read them: of what is secret, neither what came nor what to write in its place, and no secret text in
 * words about other arguments.
 *
 * @param resolved - The arguments, unwrapped.
 */
export async function withoutSecrets(findings: Findings, args: unknown, resolved: unknown): Promise<Findings> {
  if (findings.found.length + findings.advice.length === 0) return findings;
  const secrets = await secretsIn(args, resolved);
  const texts = secrets.flatMap(({ value }) => textsIn(value)).filter((text) => text.length >= LEAST_CHARACTERS);
  const hidden = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
  const open = (words: string) => hidden.reduce((all, text) => all.replaceAll(text, "[secret]"), words);
  return {
    found: findings.found.map(({ path, expected, got, fix }): Issue => {
      const secret = secrets.find((it) => isWithin(path, it.path));
      if (secret !== undefined) return { path: secret.path, expected: open(expected) };
      return {
        path,
        expected: open(expected),
        ...(got === undefined ? {} : { got: open(got) }),
        ...(fix === undefined ? {} : { fix: open(fix) }),
      };
    }),
    advice: findings.advice.map(({ path, text }): Advice => ({ path, text: open(text) })),
  };
}

interface Secret {
  readonly path: string;
  readonly value: unknown;
}

/** The Outputs that are secret, with their paths as a {@link Field} has them. */
async function secretsIn(args: unknown, resolved: unknown, path = ""): Promise<Secret[]> {
  if (isEventual(args)) return (await pulumi.isSecret(pulumi.output(args))) ? [{ path, value: resolved }] : [];
  if (!isObject(args) && !Array.isArray(args)) return [];
  const parts = Object.entries(args).map(([key, value]) => {
    const part = Array.isArray(args) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    return secretsIn(value, (resolved as Record<string, unknown>)[key], part);
  });
  return (await Promise.all(parts)).flat();
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || outer === "" || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
