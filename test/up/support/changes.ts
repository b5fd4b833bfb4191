/** A new certificate of the authority, whose files are in /root. */
const certify = (newkey: string): string =>
  `openssl req -x509 -new -newkey ${newkey} -nodes -CA /root/ca.crt -CAkey /root/ca.key -days 9 -subj /CN=mqtt-pi.local ` +
  "-addext subjectAltName=DNS:mqtt-pi.local -keyout certs/server.key -out certs/server.crt 2>/dev/null";

/** Puts a certificate with an EC key in the folder of a generation. */
export const EC = certify("ec -pkeyopt ec_paramgen_curve:P-256");
/** The same with an RSA key. */
export const RSA = certify("rsa:2048");

/** A change, how it is made on the host, which files of the broker it concerns, and what it takes. */
export interface Change {
  readonly what: string;
  readonly command: string;
  readonly files: readonly string[];
  readonly kind: "nothing" | "reload" | "restart" | "start";
  /** What has happened before, as root. */
  readonly before?: string;
}

const CERTIFICATE = ["certs/server.crt", "certs/server.key"];
/** One more rule. */
export const RULE = "echo 'topic read news/#' >>acl";
/** Every kind of change, one after the other: each starts from what the one before has left. */
export const CHANGES: readonly Change[] = [
  { what: "only the SDK's own script", command: "echo '# changed' >>trial.sh", files: ["trial.sh"], kind: "nothing" },
  { what: "a rule", command: RULE, files: ["acl"], kind: "reload" },
  { what: "a user", command: "sed -n s/^device:/other:/p passwd >>passwd", files: ["passwd"], kind: "reload" },
  {
    what: "the certificate, with websockets that nobody has used",
    command: EC,
    files: CERTIFICATE,
    kind: "reload",
    before: "systemctl restart mosquitto.service",
  },
  {
    what: "a listener that goes",
    command: "rm conf.d/websockets.conf; sed -i '/ websockets /d' plan",
    files: ["conf.d/websockets.conf", "plan"],
    kind: "restart",
  },
  { what: "the certificate, without websockets", command: EC, files: CERTIFICATE, kind: "reload" },
  { what: "a key of another type", command: RSA, files: CERTIFICATE, kind: "restart" },
  {
    what: "the CA file",
    command: "cat /root/ca.crt >>certs/ca.crt",
    files: ["certs/ca.crt"],
    kind: "reload",
  },
  {
    what: "a setting",
    command: "echo 'sys_interval 20' >conf.d/settings.conf",
    files: ["conf.d/settings.conf"],
    kind: "restart",
  },
  {
    what: "a rule, and the broker is stopped",
    command: RULE,
    files: ["acl"],
    kind: "start",
    before: "systemctl stop mosquitto.service",
  },
];
