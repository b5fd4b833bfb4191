import { RandomId, RandomPassword } from "@pulumi/random";
import { LocallySignedCert, CertRequest, PrivateKey, SelfSignedCert } from "@pulumi/tls";

const key = (name: string) => new PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
const password = new RandomPassword("password", { length: 24 });
const id = new RandomId("id", { byteLength: 8 });

const authorityKey = key("authority");
const authority = new SelfSignedCert("authority", {
  privateKeyPem: authorityKey.privateKeyPem,
  isCaCertificate: true,
  validityPeriodHours: 24 * 3650,
  allowedUses: ["cert_signing", "crl_signing"],
  setSubjectKeyId: true,
  subject: { commonName: "Contract CA" },
});
const leafKey = key("leaf");
const request = new CertRequest("leaf", {
  privateKeyPem: leafKey.privateKeyPem,
  subject: { commonName: "broker" },
  dnsNames: ["broker.local"],
  ipAddresses: ["192.0.2.1"],
});
const leaf = new LocallySignedCert("leaf", {
  certRequestPem: request.certRequestPem,
  caPrivateKeyPem: authorityKey.privateKeyPem,
  caCertPem: authority.certPem,
  allowedUses: ["digital_signature", "server_auth"],
  validityPeriodHours: 24 * 730,
  earlyRenewalHours: 24 * 243,
});

export const plain = { id: id.hex, authority: authority.certPem, leaf: leaf.certPem };
export const secrets = { password: password.result, leafKey: leafKey.privateKeyPem };
