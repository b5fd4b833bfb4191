/** A secret that must not be found. */
export interface Needle {
  readonly name: string;
  readonly text: string;
}

/** A password, as it is. */
export function passwordNeedle(name: string, text: string): Needle {
  return { name, text };
}

/** A line of a private key's text that nothing public has: the number itself is in it. */
export function keyNeedle(name: string, pem: string): Needle {
  const lines = pem.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));
  // OpenSSH's format starts with its own name and the public key.
  const text = lines[pem.includes("OPENSSH") ? 2 : 0];
  if (text === undefined) throw new Error(`${name}: no private key`);
  return { name, text };
}

/** What to look for: the secret as it is, and pieces of it as they look inside any base64, which breaks lines anywhere. */
export function patterns({ text }: Needle): string[] {
  const encoded = [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString("base64");
    const inside = whole.slice(offset === 0 ? 0 : offset + 1, -4);
    return [inside.slice(0, 20), inside.slice(20, 40)].filter((piece) => piece.length === 20);
  });
  return [text, ...encoded];
}

/** The names of the secrets that are in a text. */
export function foundIn(text: string, needles: readonly Needle[]): string[] {
  return needles.filter((needle) => patterns(needle).some((pattern) => text.includes(pattern))).map(({ name }) => name);
}
