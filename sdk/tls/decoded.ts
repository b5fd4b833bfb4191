import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";

/**
 * What stands in a certificate beyond what node tells of it.
 *
 * @throws Error when it can't be read.
 */
export function decoded(pem: string): Certificate {
  const base64 = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1] ?? "";
  return AsnConvert.parse(Buffer.from(base64, "base64"), Certificate);
}
