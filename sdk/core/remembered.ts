/** A function that answers at once what it was asked before: each of many brokers asks the same of one authority. */
export function remembered<T>(answer: (...texts: string[]) => T): (...texts: string[]) => T {
  const answers = new Map<string, T>();
  return (...texts) => {
    const question = texts.join("\0");
    const known = answers.get(question);
    if (known !== undefined) return known;
    const fresh = answer(...texts);
    answers.set(question, fresh);
    return fresh;
  };
}
