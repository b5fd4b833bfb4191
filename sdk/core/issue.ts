/** One mistake in what the user wrote: where it is, what was expected there, what came, and how to mend it. */
export interface Issue {
  /** Path of the argument, as the user would write it: `rules[2].topic`. */
  readonly path: string;
  /** What is right there, to be read after "expected". */
  readonly expected: string;
  /** What came, as text; left out where the value is secret. */
  readonly got?: string;
  /** What to change. */
  readonly fix?: string;
}

/** Something that is allowed, but probably not what was meant. */
export interface Advice {
  /** Path of the argument: `rules[2].topic`. */
  readonly path: string;
  readonly text: string;
}

/** The error text of a component's mistakes: every one of them, each on a line of its own. */
export function formatIssues(kind: string, name: string, issues: readonly Issue[]): string {
  const count = issues.length === 1 ? "1 mistake" : `${issues.length} mistakes`;
  return [
    `${kind} "${name}" has ${count}; nothing was sent to any host`,
    ...issues.map((i) => `  ${formatIssue(i)}`),
  ].join("\n");
}

function formatIssue({ path, expected, got, fix }: Issue): string {
  const where = path === "" ? "" : `${path}: `;
  return `${where}expected ${expected}${got === undefined ? "" : `, got ${got}`}${fix === undefined ? "" : `; ${fix}`}`;
}
