/** The certificates of a broker: those that it is sent, or what is kept on its host. */
export type ServerCertificate = SentCertificate | KeptCertificate;

/** A server's certificate and key that are part of the generation, PEM. */
export interface SentCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Authority that signed the server's certificate. */
  readonly caPem: string;
  /** Authority that signs clients' certificates. */
  readonly clientCaPem: string;
}

/** A server's certificate and key that the host has from elsewhere. */
export interface KeptCertificate {
  /** Folder with `server.crt`, `server.key` and `ca.crt`. */
  readonly folder: string;
  /** Authority that signs clients' certificates, PEM, where a listener asks for them. */
  readonly clientCaPem?: string | undefined;
}

/** Whether a certificate is kept on the host. */
export function isKept(certificate: ServerCertificate): certificate is KeptCertificate {
  return "folder" in certificate;
}
