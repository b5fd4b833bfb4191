import { GAP } from "../core/gap";
import type { ConceptSeen } from "../host/look/observation";
import { type Bundle, bundleOf } from "../tls/bundle";
import { askForCertificates } from "./listeners";
import type { BrokerModel } from "./model";
import { isKept, type ServerCertificate } from "./servedCertificate";

/** Whose certificates clients check, and whose the broker does. */
const SIDES = ["server", "clients"] as const;

const FIX =
  "deploy both generations first, see docs/certificates.md, or set `abruptRotation: true` to cut off who has nothing newer";

/** What the Pi has to know of the authorities, as lines of the plan; nothing as long as a preview does not know them. */
export function rotationLines(certificate: ServerCertificate | undefined, model: BrokerModel): string[] {
  return [
    ...[...keysOf(certificate, model)].map(([name, keys]) => `${name.replace("-", " ")} ${keys}`),
    ...(model.abruptRotation ? ["rotation abrupt"] : []),
  ];
}

/** Why `up` would refuse to change the authorities, since clients that know only those of today would be cut off; certificates.sh does. */
export function rotationRefusals(certificate: ServerCertificate | undefined, model: BrokerModel) {
  return ({ facts }: ConceptSeen): string[] => {
    const wanted = keysOf(certificate, model);
    if (model.abruptRotation) return [];
    return [
      ...(areStrangers(wanted.get("issuers-server"), facts["trusts-server"])
        ? [`authority: expected one that clients of today trust, got another; ${FIX}`]
        : []),
      ...SIDES.filter((side) => areStrangers(facts[`issuers-${side}`], wanted.get(`trusts-${side}`))).map(
        (side) =>
          `authority: expected that the one which issued the certificates of ${side} until now is still trusted; ${FIX}`,
      ),
    ];
  };
}

/** Whether of one of the groups in `A B / C` no key is among the others. */
function areStrangers(groups: string | undefined, others: string | undefined): boolean {
  if (groups === undefined || others === undefined || groups === "" || others === "") return false;
  const known = others.split(" ");
  return groups.split(" / ").some((keys) => !keys.split(" ").some((key) => known.includes(key)));
}

/** By line of the plan. Nobody is cut off by another authority where no listener asks for certificates. */
function keysOf(certificate: ServerCertificate | undefined, model: BrokerModel): ReadonlyMap<string, string> {
  const server = serverBundle(certificate);
  const clients = askForCertificates(model.listeners) ? knownBundle(certificate?.clientCaPem) : undefined;
  const entries = [
    ...(server === undefined
      ? []
      : ([
          ["issuers-server", server.issuers],
          ["trusts-server", server.trusts],
        ] as const)),
    ...(clients === undefined ? [] : clientKeys(clients, model)),
  ];
  return new Map(entries.map(([name, keys]) => [name, keys.join(" ")]));
}

/** Mosquitto lets in whose authority has a list, if any has one. Where no key is here, each of those may have issued. */
function clientKeys({ chains, issuers, trusts }: Bundle, { revocation, issuesClients }: BrokerModel) {
  const others =
    revocation?.list === undefined ? chains : chains.filter(([key = ""]) => revocation.listed.includes(key));
  return [
    ["issuers-clients", issuesClients ? issuers : [others.map((keys) => keys.join(" ")).join(" / ")]],
    ...(revocation?.list === GAP
      ? []
      : [["trusts-clients", revocation?.list === undefined ? trusts : revocation.listed] as const]),
  ] as const;
}

/** Clients of a private authority know none of those that sign what a host orders by itself, and the other way round. */
function serverBundle(certificate: ServerCertificate | undefined): Pick<Bundle, "issuers" | "trusts"> | undefined {
  if (certificate === undefined) return undefined;
  return isKept(certificate) ? { issuers: ["public"], trusts: ["public"] } : knownBundle(certificate.caPem);
}

function knownBundle(pem: string | undefined): Bundle | undefined {
  return pem === undefined || pem.includes(GAP) ? undefined : bundleOf(pem);
}
