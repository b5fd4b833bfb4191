import { createHash } from "node:crypto";

import type { RuleSpec } from "../../sdk/mosquitto/access";
import { passwordHash, SALT_BYTES } from "../../sdk/mosquitto/password";

/** What a tool finds in its inputs: all as at the start, or with one thing changed. */
export const VARIANTS = ["base", "rule", "user", "certificate"] as const;
export type Variant = (typeof VARIANTS)[number];

/** A user whose password is known. */
export interface BenchUser {
  readonly username: string;
  readonly passwordHash: string;
}

/** Users and rules of all brokers: the same data for every tool. */
export interface Fleet {
  readonly users: readonly BenchUser[];
  readonly rules: readonly RuleSpec[];
}

/** The hash of each user's password, by user name. */
export function passwordHashes({ users }: Fleet): Readonly<Record<string, string>> {
  return Object.fromEntries(users.map(({ username, passwordHash }) => [username, passwordHash]));
}

/** The password of a user of the fleet. */
export const passwordOf = (username: string): string => `bench password of ${username}`;

/** `size` users with a rule each, a pattern for all of them, and a rule of the first user's that variants change. */
export function fleet(size: number, variant: Variant): Fleet {
  const names = Array.from({ length: size }, (_, i) => `user${i + 1}`);
  const users = [...names, ...(variant === "user" ? ["extra"] : [])].map(benchUser);
  return {
    users,
    rules: [
      ...names.map((user, i) => ({ user, access: "write" as const, topic: `house/room${i + 1}/#` })),
      { user: "user1", access: "readwrite", topic: variant === "rule" ? "marker/changed" : "marker/base" },
      { everyone: true, access: "readwrite", topic: "devices/%u/#" },
    ],
  };
}

function benchUser(username: string): BenchUser {
  const salt = createHash("sha256").update(username).digest().subarray(0, SALT_BYTES);
  return { username, passwordHash: passwordHash(passwordOf(username), salt, 101) };
}
