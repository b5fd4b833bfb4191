import type { Field } from "../core/field";
import { isDomainOf } from "../tls/domains";
import { isHostname } from "../tls/names";
import { checkAuthorityPem } from "../tls/pem";
import { checkSound } from "../tls/serverCertificate";

/** Let's Encrypt's, whose certificates every device trusts. */
export const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

/** The authority fetches a word from the Pi, over HTTP. */
export interface Http01 {
  /**
   * The port on the Pi. The authority comes to port 80 of each name, whatever stands here: it is for a router that forwards 80 to
   * another port.
   *
   * @defaultValue 80
   */
  readonly port?: number | undefined;
}

/** The authority asks the DNS for a word, which the Pi puts there. */
export interface Dns01 {
  /** Who hosts the zone, as lego calls it: "cloudflare", "hetzner", "rfc2136". */
  readonly provider: string;
  /** What lego needs to log in there, by its names: `{ CLOUDFLARE_DNS_API_TOKEN: token }`. All of it is kept secret. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** A certificate that an ACME server issues. */
export interface AcmeSettings {
  /** DNS names that it is for, 1 to 100: "mqtt.example.org". A wildcard, "*.example.org", only with `dns01`. */
  readonly domains: readonly string[];
  /**
   * Where the authority may write to.
   *
   * @defaultValue hostmaster@ the first of `domains`, since lego wants one
   */
  readonly email?: string | undefined;
  /**
   * The ACME server's directory, https.
   *
   * @defaultValue Let's Encrypt's, "https://acme-v02.api.letsencrypt.org/directory"
   */
  readonly server?: string | undefined;
  /** Prove that the names lead here by a word on port 80, which the internet must reach. Either this or `dns01`. */
  readonly http01?: Http01 | undefined;
  /** Prove that the zone is yours by a record in it: for a Pi at home. Either this or `http01`. */
  readonly dns01?: Dns01 | undefined;
  /**
   * Authorities in PEM that are trusted beside the public ones: the one that the server's own certificate is of, and the root of
   * those that it issues.
   *
   * @defaultValue none
   */
  readonly caPem?: string | undefined;
}

/** The names of all arguments. */
export const SETTINGS = [
  "domains",
  "email",
  "server",
  "http01",
  "dns01",
  "caPem",
] as const satisfies readonly (keyof AcmeSettings)[];

/** Certificates of Let's Encrypt's have no more. */
const MOST_DOMAINS = 100;

/** What X.509 lets a CN have, and lego makes of the first name. */
const MOST_CHARACTERS = 64;

/** Checks what a certificate is ordered by. */
export function checkAcme(acme: Field): void {
  checkDomains(acme.at("domains"), !acme.at("dns01").isAbsent);
  acme.at("email").given()?.string('an e-mail address, such as "me@example.org"', isEmail);
  acme
    .at("server")
    .given()
    ?.string(`the https address of an ACME directory, such as "${LETS_ENCRYPT}"`, isDirectory, (text) =>
      text.startsWith("http:") ? "without TLS anybody on the way could answer in its place" : undefined,
    );
  checkChallenge(acme);
  const roots = acme.at("caPem").given();
  if (roots === undefined) return;
  checkAuthorityPem(roots);
  checkSound(roots);
}

function checkDomains(domains: Field, mayHaveWildcards: boolean): void {
  const expected = `a list of 1 to ${MOST_DOMAINS} DNS names`;
  const names = domains.items(expected);
  if (domains.isAbsent || (Array.isArray(domains.value) && (names.length === 0 || names.length > MOST_DOMAINS)))
    domains.mistake(expected, names.length === 0 ? "none" : `${names.length}`, 'such as ["mqtt.example.org"]');
  const known = names.map(({ value }) => value);
  names.forEach((name, i) => {
    const text = name.string('a DNS name of the internet, such as "mqtt.example.org"', isPublicName, otherName);
    if (text === undefined) return;
    if (known.indexOf(text) < i) name.fail("each name once");
    else if (text.startsWith("*.") && !mayHaveWildcards)
      name.fail("no wildcard without `dns01`", "an authority issues one only to who shows that the zone is theirs");
    else if (i === 0 && text.length > MOST_CHARACTERS)
      name.fail(`a first name of ${MOST_CHARACTERS} characters at most`, "put a shorter one first");
    else if (known.some((other) => other !== text && typeof other === "string" && isDomainOf(other, text)))
      name.fail("no name that a wildcard beside it is for", "authorities refuse that: leave one of the two away");
  });
}

/** An authority that everybody trusts signs nothing else. */
function isPublicName(text: string): boolean {
  const name = text.replace(/^\*\./, "");
  return isHostname(name) && name === name.toLowerCase() && /\.[a-z][a-z0-9-]+$/.test(name) && !name.endsWith(".local");
}

function otherName(text: string): string | undefined {
  if (text !== text.toLowerCase() && isPublicName(text.toLowerCase())) return `did you mean "${text.toLowerCase()}"?`;
  if (text.endsWith(".") && isPublicName(text.slice(0, -1))) return `did you mean "${text.slice(0, -1)}"?`;
  return "for names and addresses of your own network, use a TlsAuthority";
}

function isEmail(text: string): boolean {
  const [, domain = ""] = /^[A-Za-z0-9._%+-]+@(.+)$/.exec(text) ?? [];
  return isHostname(domain);
}

function isDirectory(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" && url.username + url.password + url.hash === "" && /^[!-~]+$/.test(text);
}

function checkChallenge(acme: Field): void {
  const [http, dns] = [acme.at("http01").given(), acme.at("dns01").given()];
  if (http === undefined && dns === undefined)
    acme
      .at("http01")
      .mistake("`http01` or `dns01`", "neither", "add `http01: {}` where the internet reaches port 80 of the Pi");
  if (http !== undefined && dns !== undefined)
    acme.at("http01").mistake("either `http01` or `dns01`", "both", "leave one away");
  if (http?.object("an object, such as { port: 80 }") === true) {
    http.onlyKeys(["port"]);
    http.at("port").given()?.integer(1, 65535);
  }
  if (dns?.object("an object with `provider` and `credentials`") === true) {
    dns.onlyKeys(["provider", "credentials"]);
    dns.at("provider").string('a DNS provider of lego\'s, such as "rfc2136"', isProvider);
    checkCredentials(dns.at("credentials"));
  }
}

/** That one asks who sits in front of it. */
function isProvider(text: string): boolean {
  return /^[a-z0-9]+$/.test(text) && text !== "manual";
}

function checkCredentials(credentials: Field): void {
  const { value, isUnknown } = credentials;
  const names = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  if (!isUnknown && names.length === 0)
    credentials.failSecret("settings of the provider, by lego's names, such as { RFC2136_TSIG_SECRET: secret }");
  for (const name of names) {
    const credential = credentials.at(name);
    if (!/^[A-Z][A-Z0-9_]*$/.test(name))
      credential.failSecret("a name of capital letters, digits and underscores", "as lego has it in its documentation");
    else if (!credential.isUnknown && !isWord(credential.value))
      credential.failSecret("text that is not empty and has one line, without control characters");
  }
}

function isWord(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && !/\p{Cc}/u.test(value);
}
