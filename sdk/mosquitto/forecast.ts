import type { DesiredState } from "../host/desired";
import { editedFiles } from "../host/look/fileChanges";
import { all, type ConceptSeen } from "../host/look/observation";
import type { Foresee } from "../host/look/plan";
import { count } from "../host/look/words";
import { type Activation, foresee, passwordsDigest, type Situation } from "./activation";
import { askForCertificates } from "./listeners";
import type { BrokerModel } from "./model";
import { CERTIFICATE } from "./renewal";

/** What making the changes of a broker live will take, in words for a preview. */
export function forecast({ listeners, persistence, keyAlgorithm, revocation }: BrokerModel): Foresee {
  return ({ changes, installs }, wanted, seen) => {
    const activation = foresee({
      changes: [...changes, ...linkedSettings(seen)],
      certificate: {
        live: seen.texts.get(CERTIFICATE),
        wanted: contentOf(wanted, CERTIFICATE),
        algorithm: keyAlgorithm,
      },
      hasOtherPasswords:
        editedFiles(seen).includes("passwd") ||
        seen.facts["passwords"] !== passwordsDigest(contentOf(wanted, "passwd") ?? ""),
      runs: runs(seen),
      listeners: listeners.map(({ name }) => name),
      limitsListeners: listeners.some(({ maxConnections, maxQos = 2 }) => maxConnections !== undefined || maxQos < 2),
      takesAuthorities: revocation?.list !== undefined || !askForCertificates(listeners),
      persistence: persistence.enabled ?? true,
      version: seen.facts["version"],
      restored: restored(seen.facts["restored"]),
    });
    const clients = numberIn(seen.facts["clients"]);
    // Debian's package restarts its service, which then runs as our drop-in has it.
    if (!installs.includes("mosquitto") || activation.kind === "start") return words(activation, clients);
    const installation = words({ kind: "restart", why: "by the installation" }, clients);
    return activation.kind === "nothing" ? installation : `${installation}, then ${words(activation, 0)}`;
  };
}

/** Links that somebody else put among the settings: the broker follows them. */
function linkedSettings({ now }: ConceptSeen): string[] {
  return all(now, "entry").flatMap((entry) => /^\S+ \S+ l \.\/(conf\.d\/.*\.conf)$/.exec(entry)?.[1] ?? []);
}

function contentOf({ files }: DesiredState, path: string): string | undefined {
  return files.find((file) => file.path === path)?.content;
}

/** Where the generation is gone, or cannot tell what has loaded it, systemd says at least whether something runs. */
function runs({ facts, now }: ConceptSeen): Situation["runs"] {
  const [generation = ""] = all(now, "generation");
  const isActive = all(now, "unit mosquitto.service").some((states) => states.startsWith("active "));
  const loaded = facts["loaded"] ?? (isActive ? generation : "nothing");
  if (loaded === "nothing") return "nothing";
  return loaded !== "" && loaded === generation ? "live" : "other";
}

function restored(fact: string | undefined): Situation["restored"] {
  return fact === "yes" || fact === "no" ? fact : "unknown";
}

/** A host where files of ours are gone can't tell. */
function numberIn(fact: string | undefined): number | undefined {
  return fact !== undefined && /^\d+$/.test(fact) ? Number(fact) : undefined;
}

function words({ kind, why, uncertain }: Activation, clients: number | undefined): string {
  const connected = clients === undefined ? "all connected clients" : count(clients, "connected client");
  const dropped = clients === 0 ? "" : `drops ${connected}`;
  switch (kind) {
    case "nothing":
      return "nothing is reloaded";
    case "start":
      return "mosquitto is started";
    case "restart":
      return joined(`restart (${why})`, dropped);
    case "reload": {
      const instead = uncertain === undefined ? "" : `; a restart if ${joined(uncertain, dropped)}`;
      return joined("reload", clients === 0 ? "" : `${connected} stay${clients === 1 ? "s" : ""} connected`) + instead;
    }
  }
}

function joined(what: string, effect: string): string {
  return effect === "" ? what : `${what}: ${effect}`;
}
