/** What came in place of an answer that nobody waits for any more. */
export const ABORTED = "nobody who waits";

/** Calls back once when somebody has lost interest, also if that was before. Returns what stops it. */
export function whenAborted(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted === true) callback();
  signal?.addEventListener("abort", callback, { once: true });
  return () => signal?.removeEventListener("abort", callback);
}
