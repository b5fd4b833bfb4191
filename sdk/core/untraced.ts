/**
 * Makes a provider's resource. For each property of each one Pulumi notes four stack traces, some 240 a broker, which are only
 * ever shown when PULUMI_DEBUG_PROMISE_LEAKS is set: a fifth of the time that a program with many brokers takes.
 */
export function untraced<T>(make: () => T): T {
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return make();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
