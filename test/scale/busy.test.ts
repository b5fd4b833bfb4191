import assert from "node:assert/strict";

import { OBSERVE } from "../../sdk/host/look/observation";
import { runOverSsh } from "../../sdk/host/ssh/run";
import { Pis } from "./pis";

describe("a program that is busy for longer than a dial may take", function () {
  this.timeout(60_000);

  it("does not take a Pi for unreachable that answered meanwhile", async () => {
    await using pis = await Pis.start(1);
    const [login] = Object.values(pis.fleet);
    assert.ok(login);
    const running = runOverSsh({ ...login, perDialTimeout: 3 }, OBSERVE, "", 60);
    const end = performance.now() + 4000;
    while (performance.now() < end);
    assert.equal((await running).code, 0);
  });
});
