/** Calls back once when somebody has lost interest, also if that was before. */
export function whenAborted(signal: AbortSignal | undefined, callback: () => void): void {
  if (signal?.aborted === true) callback();
  else signal?.addEventListener("abort", callback, { once: true });
}
