import assert from "node:assert/strict";
import { createRequire } from "node:module";

/** Pulumi's own, which no type declares. */
interface Debuggable {
  readonly debuggablePromise: (promise: Promise<void>, context: string) => Promise<void>;
}

const load = createRequire(__filename);
const errors: { prepareStackTrace?: (error: Error, frames: NodeJS.CallSite[]) => unknown } = Error;

describe("the stack traces of Pulumi's promises", () => {
  const before = errors.prepareStackTrace;
  const asked: string[] = [];

  beforeEach(() => {
    asked.length = 0;
    errors.prepareStackTrace = (error) => {
      asked.push(error.message);
      return "written";
    };
    const hook = load.resolve("../../../sdk/core/promiseTraces");
    Reflect.deleteProperty(load.cache, hook);
    load(hook);
  });

  afterEach(() => {
    if (before === undefined) delete errors.prepareStackTrace;
    else errors.prepareStackTrace = before;
  });

  it("are not written out", async () => {
    const { debuggablePromise } = load("@pulumi/pulumi/runtime/debuggable") as Debuggable;
    await debuggablePromise(Promise.resolve(), "test");
    assert.deepEqual(asked, []);
  });

  it("but all others are", () => {
    assert.equal(new Error("of a user's").stack, "written");
    assert.deepEqual(asked, ["of a user's"]);
  });
});
