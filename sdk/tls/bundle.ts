import type { X509Certificate } from "node:crypto";

import { remembered } from "../core/remembered";
import { certificateOf, certificatesIn, isIssuedBy, keyDigest } from "./pem";

/**
 * Certificates of authorities in one text: the one that signs first, then those above it, those that it is cross-signed by, and
 * others that are trusted besides.
 */
export interface Bundle {
  /** Of each key, those by which what it signs can be verified: its own, and those of who has signed for it. */
  readonly chains: readonly (readonly string[])[];
  /** Those of the first one. */
  readonly issuers: readonly string[];
  /** The keys of all. */
  readonly trusts: readonly string[];
}

/** @throws Error when one of them can't be read. */
export const bundleOf: (pem: string) => Bundle = remembered((pem) => {
  const certificates = certificatesIn(pem).map((one) => ({ x509: certificateOf(one), key: keyDigest(one) }));
  const trusts = [...new Set(certificates.map(({ key }) => key))];
  const chains = trusts.map((first) => {
    const chain = new Set([first]);
    // A Set is walked with what is added meanwhile.
    for (const key of chain)
      for (const { x509 } of certificates.filter((it) => it.key === key))
        for (const above of certificates.filter((it) => isIssuedBy(x509, it.x509))) chain.add(above.key);
    return [...chain];
  });
  return { chains, issuers: chains[0] ?? [], trusts };
});

/** The certificates that go with what the first one signs: those between it and the roots that clients know. */
export function intermediates(pem: string): string {
  const { issuers } = bundleOf(pem);
  return certificatesIn(pem)
    .filter((one) => issuers.includes(keyDigest(one)) && !isRoot(certificateOf(one)))
    .map((one) => `${one}\n`)
    .join("");
}

function isRoot({ subject, issuer }: X509Certificate): boolean {
  return subject === issuer;
}
