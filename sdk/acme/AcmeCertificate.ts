import * as pulumi from "@pulumi/pulumi";

import type { Deep } from "../core/Deep";
import { type Field, isGiven, isObject } from "../core/field";
import { checkSecond } from "../core/Holders";
import type { Subject } from "../core/Refusal";
import { validated } from "../core/validated";
import { withGaps } from "../core/WithGaps";
import { HostState, type Wanted } from "../host/HostState";
import { identityOf } from "../host/Identity";
import type { Identity } from "../host/owner";
import { checkHost, type Host, withKnownHost, withoutHost } from "../host/RaspberryPi";
import { CONCEPT, desiredState, FOLDER, forecast, remarks } from "./desired";
import { type AcmeSettings, checkAcme, SETTINGS } from "./model";

/** Arguments of an {@link AcmeCertificate}. */
export type AcmeCertificateArgs = { readonly [K in keyof AcmeSettings]: Deep<AcmeSettings[K]> } & {
  /** The Pi: a RaspberryPi, or the `host` of its StaticIp or OsBaseline. One AcmeCertificate a Pi. */
  readonly host: Host;
};

/**
 * A certificate that the Pi orders from an ACME server, Let's Encrypt's if nothing is said, and renews by itself: for a broker's
 * `certificate`.
 *
 * Ordering it agrees to the terms of service of that server.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments, before anything is sent to the host. Credentials are
 * never shown.
 * @example
 * ```ts
 * const acme = new AcmeCertificate("public", { host: pi, domains: ["mqtt.example.org"], http01: {} });
 * ```
 */
export class AcmeCertificate extends pulumi.ComponentResource {
  /** The Pi that orders and renews it. */
  readonly host: Host;
  /** The DNS names that it is for. */
  readonly domains: pulumi.Output<readonly string[]>;
  /** The folder on the Pi where a broker finds what is live. */
  readonly folder = FOLDER;
  /** When the one ends that was live at the last deployment: `2026-12-13T10:00:00Z`. */
  readonly expires: pulumi.Output<string>;

  constructor(name: string, args: AcmeCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:AcmeCertificate", name, shown(args), opts);
    const subject: Subject = { resource: this, kind: "AcmeCertificate", name };
    const settings = validated(
      subject,
      withKnownHost(args),
      (given) => {
        checkAll(given, args.host, subject);
      },
      (checked) => checked,
    );
    const identity = identityOf(subject);
    const wanted = pulumi.all([settings, identity]).apply(([checked, owner]) => {
      const state = wantedState(checked, owner);
      return () => state;
    });
    const draft = () => draftOf(args, identity);
    const { report } = new HostState(`${name}-state`, { host: args.host, concept: CONCEPT, wanted, draft }, subject);

    this.host = args.host;
    this.domains = pulumi.output(args.domains);
    this.expires = report.apply(({ facts }) => facts["certificate-expires"] ?? "unknown");
    this.registerOutputs({ domains: this.domains, expires: this.expires });
  }
}

function wantedState(settings: AcmeSettings, owner: Identity): Wanted {
  return { desired: desiredState(settings, owner), foresee: forecast(settings), remark: remarks };
}

/** What the certificate wants of its host as far as a preview knows it; undefined when that is too little. */
async function draftOf(
  args: AcmeCertificateArgs,
  identity: ReturnType<typeof identityOf>,
): Promise<Wanted | undefined> {
  try {
    return wantedState(await withGaps(withoutHost(args)), await withGaps(identity));
  } catch {
    return undefined;
  }
}

/** The arguments without resources and credentials in them. */
function shown(args: AcmeCertificateArgs) {
  const settings = withoutHost(args);
  if (!isObject(settings) || !isGiven(settings.dns01)) return settings;
  const dns01 = pulumi.output(settings.dns01).apply((it) => (isObject(it) ? { provider: it["provider"] } : undefined));
  return { ...settings, dns01 };
}

function checkAll(given: Field, host: Host, subject: Subject): void {
  if (!given.object("an object with `host`")) return;
  given.onlyKeys(["host", ...SETTINGS]);
  checkHost(given.at("host"));
  checkSecond(given.at("host"), host, subject);
  checkAcme(given);
}
