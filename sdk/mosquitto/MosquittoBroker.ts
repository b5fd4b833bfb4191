import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import { type Field, isGiven, isObject } from "../core/field";
import type { Subject } from "../core/Refusal";
import { eachOf, knownNow, shapeOf } from "../core/Shape";
import { validated } from "../core/validated";
import { withGaps } from "../core/WithGaps";
import { HostState, type Wanted } from "../host/HostState";
import { checkHost, type Host, hostInputs } from "../host/RaspberryPi";
import { authorityInputs } from "../tls/Certificate";
import { expiry } from "../tls/Expiry";
import { type AclRule, type AclRuleArgs, type RuleInputs, ruleInputs, userInputs } from "./AclRule";
import {
  type BrokerCertificateArgs,
  certificateInputs,
  certificateNames,
  type Inputs,
  isOfHost,
  type Server,
  serverCertificate,
} from "./Certificates";
import { CONCEPT, desiredState, hidden } from "./desired";
import { checkBroker } from "./brokerChecks";
import { forecast } from "./forecast";
import { type ListenerAddress, listenerAddresses, listenerModels } from "./listeners";
import type { Logging } from "./logging";
import { type BrokerModel, type BrokerSettings, brokerModel } from "./model";
import type { MqttUser, UserInputs } from "./MqttUser";
import { clientRemarks, renewalRemarks } from "./renewal";
import type { ServerNames } from "./serverNames";
import { rotationRefusals } from "./rotation";
import { isKept, type ServerCertificate } from "./servedCertificate";
import type { Settings } from "./settings";
import { listenerUrls, type ListenerUrls, mainUrl } from "./urls";

/** Arguments of a {@link MosquittoBroker}. One of `authority` and `certificate` is needed wherever a listener has TLS. */
export interface MosquittoBrokerArgs
  extends BrokerCertificateArgs, Inputs<BrokerSettings>, Pick<BrokerSettings, "rotateKey"> {
  /** Who may log in. */
  readonly users: readonly (UserInputs | Pick<MqttUser, "spec">)[];
  /** Who may do what. What no rule allows is forbidden. */
  readonly rules?: readonly (AclRuleArgs | Pick<AclRule, "spec">)[] | undefined;
}

/**
 * A Mosquitto broker on a Raspberry Pi: installed, configured, checked by a trial broker before anything live changes, and
 * checked again from outside when it runs. When anything fails, the configuration that was there before is restored.
 *
 * @throws pulumi.ResourceError listing every mistake in the arguments, before anything is sent to the host.
 * @example
 * ```ts
 * const broker = new MosquittoBroker("broker", {
 *   host: pi, authority: ca, hostnames: ["mqtt-pi.local"], users: [sensor],
 *   rules: [{ user: sensor, access: "write", topic: "home/+/temperature" }],
 * });
 * export const url = broker.url; // mqtts://mqtt-pi.local:8883
 * ```
 */
export class MosquittoBroker extends pulumi.ComponentResource {
  /** The Pi it runs on. */
  readonly host: Host;
  /** What is said of its log, for what else is deployed there. */
  readonly logging: pulumi.Output<Logging | undefined>;
  /** Its further settings, likewise. */
  readonly settings: pulumi.Output<Settings | undefined>;
  /** Where it is to listen, for the same: known before the broker runs. */
  readonly listeners: pulumi.Output<readonly ListenerAddress[]>;
  /** Where clients find it: `mqtts://mqtt-pi.local:8883`. Known only once the broker answers there. */
  readonly url: pulumi.Output<string>;
  /** The address of each listener, likewise. */
  readonly urls: pulumi.Output<ListenerUrls>;
  /** The server's certificate, PEM; undefined without TLS, and where the Pi keeps it. */
  readonly certificatePem: pulumi.Output<string> | undefined;
  /** When the server's certificate ends: `2026-12-13T10:00:00Z`; undefined without TLS. */
  readonly certificateExpires: pulumi.Output<string> | undefined;
  /** Certificate of the authority that clients must trust, PEM; likewise: they trust public ones as it is. */
  readonly caPem: pulumi.Output<string> | undefined;
  /** Version of mosquitto on the host: `2.0.11`. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: MosquittoBrokerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mosquitto-pi:index:MosquittoBroker", name, shown(args), opts);
    const subject: Subject = { resource: this, kind: "MosquittoBroker", name };
    const model = validated(subject, checkable(args), checkAll, brokerModel);
    const names = certificateNames(subject, args);
    const server = serverCertificate(name, args, names, this);
    // A secret, no more. Of the tls plugin, which runs for the certificate: to start another one takes 0.1 s.
    const seed = new tls.PrivateKey(`${name}-canary`, { algorithm: "ED25519" }, { parent: this });
    const owner = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const sent = server?.folder === undefined ? server : undefined;
    this.certificatePem = sent && pulumi.output(sent.certificatePem);
    this.caPem = sent && pulumi.output(sent.caPem);
    const sentExpires = this.certificatePem && expiry(subject, "the server's certificate", this.certificatePem);
    this.certificateExpires = isOfHost(args.certificate) ? args.certificate.expires : sentExpires;
    const ends = [
      sentExpires,
      this.caPem && expiry(subject, "the certificate of its authority", this.caPem),
      // Without one of its own, that is the same.
      isGiven(args.clientAuthority) &&
        server?.clientCaPem !== undefined &&
        expiry(subject, "the certificate of its clients' authority", pulumi.output(server.clientCaPem)),
      isGiven(args.clientAuthority?.crlPem) &&
        expiry(subject, "the revocation list of its clients' authority", pulumi.output(args.clientAuthority.crlPem)),
    ];
    // The names and the ends are waited for since they are checked by themselves: nothing is sent before.
    const wanted = pulumi
      .all([model, server, seed.privateKeyPem, holdsSecrets(args), names, ends])
      .apply(([checked, pems, secret, isHidden]) => {
        const state = wantedState(checked, pems, secret, owner, isHidden);
        return () => state;
      });
    const draft = () => draftOf(args, { names, server, seed: seed.privateKeyPem }, owner);
    const after = pulumi.Resource.isInstance(args.certificate) ? [args.certificate] : [];
    const { report } = new HostState(
      `${name}-state`,
      { host: args.host, concept: CONCEPT, wanted, draft, after },
      subject,
    );

    this.host = args.host;
    this.listeners = pulumi.output(args.listeners).apply(listenerAddresses);
    this.logging = pulumi.output(args.logging);
    this.settings = pulumi.output(args.settings);
    this.urls = pulumi
      .all([report, names, args.listeners])
      .apply(([{ facts }, serverName, listeners]) => listenerUrls(facts, serverName, listenerModels(listeners)));
    this.url = this.urls.apply(mainUrl);
    this.version = report.apply(({ facts }) => facts["mosquitto"] ?? "unknown");
    this.registerOutputs({
      url: this.url,
      urls: this.urls,
      version: this.version,
      certificatePem: this.certificatePem,
      certificateExpires: this.certificateExpires,
      caPem: this.caPem,
    });
  }
}

/** What the broker wants of its host as far as a preview knows it; undefined when that is too little. */
async function draftOf(
  args: MosquittoBrokerArgs,
  parts: {
    readonly names: pulumi.Output<ServerNames>;
    readonly server: Server | undefined;
    readonly seed: pulumi.Output<string>;
  },
  owner: string,
): Promise<Wanted | undefined> {
  try {
    const [known, { server, seed }] = await Promise.all([withGaps(checkable(args)), withGaps(parts)]);
    if (![known.users, known.rules ?? []].every((list) => Array.isArray(list) && list.every(isObject)))
      return undefined;
    return wantedState(brokerModel(known), server, seed, owner, await holdsSecrets(args));
  } catch {
    return undefined;
  }
}

/** Whether somebody has made something secret that files show. The Pi is told as well, so that no later preview shows it. */
function holdsSecrets(args: MosquittoBrokerArgs): Promise<boolean> {
  const names = eachOf(args.users, (user) => {
    const inputs = userInputs(user);
    return isObject(inputs) ? inputs.username : undefined;
  });
  return pulumi.isSecret(pulumi.output([shown(args), checkable(args).rules, names]));
}

function wantedState(
  model: BrokerModel,
  server: ServerCertificate | undefined,
  seed: string,
  owner: string,
  isHidden: boolean,
): Wanted {
  const state = desiredState(model, server, seed, owner);
  return {
    desired: isHidden ? hidden(state) : state,
    foresee: forecast(model),
    refuse: rotationRefusals(server, model),
    remark: (seen) => [
      ...renewalRemarks(server && !isKept(server) ? server.certificatePem : undefined, model.renewBefore)(seen),
      ...(isHidden ? [] : clientRemarks(model.users)(seen)),
    ],
  };
}

/** The arguments without resources in them. */
function checkable(args: MosquittoBrokerArgs) {
  const shape = shapeOf(args);
  if (!isObject(shape)) return shape as never;
  const { host, authority, certificate, clientAuthority, users, rules, ...rest } = shape;
  return {
    ...rest,
    // Only to be checked: a preview knows what it wants of a host before it knows how to reach it.
    host: knownNow(hostInputs(host)),
    suite: isObject(host) ? host.suite : undefined,
    authority: authority && authorityInputs(authority),
    certificate: certificateInputs(certificate),
    clientAuthority: clientAuthority && authorityInputs(clientAuthority),
    users: eachOf(users, userInputs),
    rules: rules && eachOf(rules, ruleOf),
  };
}

function ruleOf(rule: AclRuleArgs | Pick<AclRule, "spec">): RuleInputs {
  return isObject(rule) && "spec" in rule
    ? Object.assign({ advised: true }, rule.spec as RuleInputs)
    : ruleInputs(rule as AclRuleArgs);
}

function checkAll(broker: Field): void {
  if (!broker.object("an object with `host` and `users`")) return;
  checkHost(broker.at("host"));
  checkBroker(broker);
}

/** What may stand in plain state: no users, no keys. */
const SHOWN = [
  "hostnames",
  "addresses",
  "validity",
  "renewBefore",
  "rotateKey",
  "listeners",
  "allowAnonymous",
  "abruptRotation",
  "persistence",
  "limits",
  "logging",
  "settings",
] as const;

function shown(args: MosquittoBrokerArgs): pulumi.Inputs {
  const shape = shapeOf(args);
  return isObject(shape) ? Object.fromEntries(SHOWN.map((key) => [key, shape[key]])) : {};
}
