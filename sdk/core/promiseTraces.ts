/**
 * Pulumi notes a stack trace with each promise of its own, some 300 a broker, and they are only ever shown when
 * PULUMI_DEBUG_PROMISE_LEAKS is set. To look up where each of their lines is in TypeScript takes a tenth of the time of a
 * program with many brokers. So these are left empty, and all others are as they were.
 */
const errors: { prepareStackTrace?: (error: Error, frames: NodeJS.CallSite[]) => unknown } = Error;
const written = errors.prepareStackTrace;

if (written !== undefined && !process.env["PULUMI_DEBUG_PROMISE_LEAKS"])
  errors.prepareStackTrace = (error, frames) =>
    frames[0]?.getFunctionName() === "debuggablePromise" ? "" : written(error, frames);
