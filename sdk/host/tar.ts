/** A file of an archive. Names are at most 100 bytes long. */
export interface Entry {
  readonly name: string;
  readonly content: string;
  /** Octal digits. Default "0600". */
  readonly mode?: string;
  /** Name of a user where it is unpacked; by default, and where there is none of that name, root. */
  readonly owner?: string;
  readonly group?: string;
}

const BLOCK = 512;

/** A ustar archive: the same entries always give the same bytes (no dates). */
export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([tarStart(entries), Buffer.alloc(2 * BLOCK)]);
}

/** An archive without its end: another one may follow. */
export function tarStart(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const body = Buffer.from(entry.content, "utf8");
    return [header(entry, body.length), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat(blocks);
}

function header({ name, mode = "0600", owner = "root", group = "root" }: Entry, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`a file name in the payload is over 100 bytes: ${name}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number, offset: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "ascii");
  block.write(name, 0, "utf8");
  octal(parseInt(mode, 8), 8, 100);
  octal(0, 8, 108);
  octal(0, 8, 116);
  octal(size, 12, 124);
  octal(0, 12, 136);
  block.write("        0", 148, "ascii");
  block.write("ustar\x0000", 257, "ascii");
  block.write(owner, 265, "ascii");
  block.write(group, 297, "ascii");
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    7,
    148,
  );
  return block;
}
