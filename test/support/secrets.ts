import type { Properties } from "./providers";

// How the engine's protocol marks a secret: Pulumi's rpc.specialSigKey and rpc.specialSecretSig.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function isSecret(value: object): value is { value: unknown } {
  return SIGNATURE in value && value[SIGNATURE] === SECRET;
}

function mapSecrets(value: unknown, open: (secret: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((v) => mapSecrets(v, open));
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return open(mapSecrets(value.value, open));
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapSecrets(v, open)]));
}

/** Properties with all secrets readable. */
export function unseal(properties: Properties): Properties {
  return mapSecrets(properties, (secret) => secret) as Properties;
}

/** Properties with all secrets blacked out, as they stand in state and on the screen. */
export function seal(properties: Properties): Properties {
  return mapSecrets(properties, () => "[secret]") as Properties;
}
