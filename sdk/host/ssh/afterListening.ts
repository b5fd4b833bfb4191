const TICK = 100;

/**
 * Acts after so many seconds in which the program could listen: one with many hosts is busy for longer than a host may take
 * to answer. Gives what calls it off.
 */
export function afterListening(seconds: number, act: () => void): () => void {
  let left = seconds * 1000;
  const timer = setInterval(() => {
    left -= TICK;
    if (left <= 0) act();
  }, TICK);
  return () => {
    clearInterval(timer);
  };
}
