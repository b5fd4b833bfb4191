/** A file of an archive. Names are at most 100 bytes long. */
export interface Entry {
  readonly name: string;
  readonly content: string;
}

const BLOCK = 512;

/** A ustar archive: the same entries always give the same bytes (no dates, no owners). */
export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([tarStart(entries), Buffer.alloc(2 * BLOCK)]);
}

/** An archive without its end: another one may follow. */
export function tarStart(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content }) => {
    const body = Buffer.from(content, "utf8");
    return [header(name, body.length), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat(blocks);
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`a file name in the payload is over 100 bytes: ${name}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number, offset: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "ascii");
  block.write(name, 0, "utf8");
  octal(0o600, 8, 100);
  octal(0, 8, 108);
  octal(0, 8, 116);
  octal(size, 12, 124);
  octal(0, 12, 136);
  block.write("        0", 148, "ascii");
  block.write("ustar\x0000", 257, "ascii");
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    7,
    148,
  );
  return block;
}
