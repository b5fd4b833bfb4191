import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { revocationList } from "../../../sdk/tls/crl";
import { newKey, selfSigned } from "../../support/providers";
import { redated } from "../../support/redated";
import { temporaryFolder } from "../../support/temporaryFolder";

const DAY = 86_400_000;
const key = newKey();
const authority = selfSigned(key, "ca");

describe("expiry.sh", () => {
  const folder = temporaryFolder("expiry");
  before(() => {
    for (const scripts of ["mosquitto/shell", "host/shell/hooks"])
      cpSync(join(__dirname, "../../../sdk", scripts), folder.path, { recursive: true });
    mkdirSync(join(folder.path, "certs"));
    writeFileSync(join(folder.path, "plan"), "listener websockets 9001 * websockets none\n");
  });
  after(() => {
    folder.remove();
  });

  /** What is said of authorities that live this many days, of which so many are left: the status, and the lines. */
  function said(...authorities: readonly { readonly life: number; readonly left: number }[]) {
    const pems = authorities.map(({ life, left }) => {
      const end = Date.now() + left * DAY;
      return redated(authority, key, new Date(end - life * DAY), new Date(end));
    });
    writeFileSync(join(folder.path, "certs/ca.crt"), pems.join(""));
    const { status, stdout, stderr } = spawnSync("sh", [join(folder.path, "expiry.sh")], { encoding: "utf8" });
    assert.equal(stderr, "");
    return `${String(status)} ${stdout.replace(/ at \S+Z/g, "").trim()}`;
  }

  it("warns 30, 14 and 3 days ahead, the louder the nearer", () => {
    const life = 90;
    assert.equal(said({ life, left: 30.5 }), "0 <6>ca.crt: expires");
    assert.equal(said({ life, left: 29.5 }), "1 <5>ca.crt: expires, days left: 29; renew it: pulumi up");
    assert.equal(said({ life, left: 13.5 }), "1 <4>ca.crt: expires, days left: 13; renew it: pulumi up");
    assert.equal(said({ life, left: 2.5 }), "2 <3>ca.crt: expires, very soon; renew it: pulumi up");
    assert.equal(said({ life, left: -0.5 }), "2 <2>ca.crt: expired; renew it: pulumi up");
  });

  it("warns of a short life by its parts", () => {
    const life = 12;
    assert.equal(said({ life, left: 4.5 }), "0 <6>ca.crt: expires");
    assert.equal(said({ life, left: 3.5 }), "1 <5>ca.crt: expires, days left: 3; renew it: pulumi up");
    assert.equal(said({ life, left: 1.5 }), "1 <4>ca.crt: expires, days left: 1; renew it: pulumi up");
    assert.equal(said({ life, left: 0.4 }), "2 <3>ca.crt: expires, very soon; renew it: pulumi up");
  });

  it("tells of several authorities the one that ends first", () => {
    assert.equal(
      said({ life: 90, left: 80 }, { life: 90, left: 20.5 }, { life: 90, left: 70 }),
      "1 <5>ca.crt: expires, days left: 20; renew it: pulumi up",
    );
  });

  it("tells of revocation lists the one that ends first", () => {
    const lists = [60, 5.5, 40].map((left) => {
      const [start, end] = [left - 90, left].map((days) => new Date(Date.now() + days * DAY));
      assert.ok(start && end);
      return revocationList({ certificatePem: redated(authority, key, start, end), privateKeyPem: key }, []);
    });
    writeFileSync(join(folder.path, "certs/clients.crl"), lists.join(""));
    try {
      assert.equal(
        said({ life: 90, left: 80 }),
        "1 <6>ca.crt: expires\n<4>clients.crl: expires, days left: 5; renew it: pulumi up",
      );
    } finally {
      rmSync(join(folder.path, "certs/clients.crl"));
    }
  });

  it("fails where a certificate can't be seen", () => {
    writeFileSync(join(folder.path, "certs/ca.crt"), "none");
    const { status, stdout } = spawnSync("sh", [join(folder.path, "expiry.sh")], { encoding: "utf8" });
    assert.deepEqual([status, stdout], [2, "<3>ca.crt: no certificate to be seen\n"]);
  });
});
