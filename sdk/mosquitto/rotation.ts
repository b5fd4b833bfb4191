import { GAP } from "../core/gap";
import type { ConceptSeen } from "../host/look/observation";
import { bundleOf } from "../tls/bundle";
import type { ServerCertificate } from "./render";

/** Whose certificates clients check, and whose the broker does. */
const SIDES = ["server", "clients"] as const;

const FIX =
  "deploy both generations first, see docs/certificates.md, or set `abruptRotation: true` to cut off who has nothing newer";

/** What the Pi has to know of the authorities, as lines of the plan; nothing as long as a preview does not know them. */
export function rotationLines(certificate: ServerCertificate | undefined, isAbrupt: boolean): string[] {
  return [
    ...[...keysOf(certificate)].map(([name, keys]) => `${name.replace("-", " ")} ${keys.join(" ")}`),
    ...(isAbrupt ? ["rotation abrupt"] : []),
  ];
}

/** Why `up` would refuse to change the authorities, since clients that know only those of today would be cut off; certificates.sh does. */
export function rotationRefusals(certificate: ServerCertificate | undefined, isAbrupt: boolean) {
  return ({ facts }: ConceptSeen): string[] => {
    const wanted = keysOf(certificate);
    const live = (name: string) => facts[name]?.split(" ");
    if (isAbrupt) return [];
    return [
      ...(areStrangers(wanted.get("issuers-server"), live("trusts-server"))
        ? [`authority: expected one that clients of today trust, got another; ${FIX}`]
        : []),
      ...SIDES.filter((side) => areStrangers(live(`issuers-${side}`), wanted.get(`trusts-${side}`))).map(
        (side) =>
          `authority: expected that the one which issued the certificates of ${side} until now is still trusted; ${FIX}`,
      ),
    ];
  };
}

function areStrangers(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  return some !== undefined && others !== undefined && !some.some((key) => others.includes(key));
}

function keysOf(certificate: ServerCertificate | undefined): ReadonlyMap<string, readonly string[]> {
  const pems = { server: certificate?.caPem, clients: certificate?.clientCaPem };
  return new Map(
    SIDES.flatMap((side) => {
      const pem = pems[side];
      if (pem === undefined || pem.includes(GAP)) return [];
      const { issuers, trusts } = bundleOf(pem);
      return [[`issuers-${side}`, issuers] as const, [`trusts-${side}`, trusts] as const];
    }),
  );
}
