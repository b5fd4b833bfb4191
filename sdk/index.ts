import "./core/promiseTraces";

export { AcmeCertificate } from "./acme/AcmeCertificate";
export type { AcmeCertificateArgs } from "./acme/AcmeCertificate";
export type { AcmeSettings, Dns01, Http01 } from "./acme/model";
export type { Duration } from "./core/duration";
export { Firewall } from "./firewall/Firewall";
export type { FirewallArgs, ListeningBroker } from "./firewall/Firewall";
export { Protocol } from "./firewall/model";
export type { FirewallSettings, ListenerAccess, PortRule, SshAccess, SshLimit } from "./firewall/model";
export { Fail2BanJail } from "./fail2ban/Fail2BanJail";
export type { Fail2BanJailArgs, JailedBroker } from "./fail2ban/Fail2BanJail";
export { BanAction } from "./fail2ban/model";
export type { JailLimits, JailSettings, WatchedBroker } from "./fail2ban/model";
export { insecure } from "./host/connection";
export type { Confirmation } from "./host/patience";
export type { Connection, SshLogin, UncheckedHostKey } from "./host/connection";
export { RaspberryPi } from "./host/RaspberryPi";
export type { Host, RaspberryPiArgs } from "./host/RaspberryPi";
export type { Suite } from "./host/suite";
export { Access } from "./mosquitto/access";
export { AclRule } from "./mosquitto/AclRule";
export type { AclRuleArgs, RuleInputs, UserReference } from "./mosquitto/AclRule";
export { TlsVersion } from "./mosquitto/listeners";
export type {
  Listener,
  ListenerAddress,
  ListenerName,
  Listeners,
  MqttListener,
  MutualTlsListener,
  TlsListener,
  WebsocketsListener,
} from "./mosquitto/listeners";
export type { BrokerCertificateArgs, HostCertificate } from "./mosquitto/Certificates";
export type { Limits } from "./mosquitto/limits";
export { LogDestination, LogType } from "./mosquitto/logging";
export type { Logging } from "./mosquitto/logging";
export type { BrokerSettings, GivenCertificate } from "./mosquitto/model";
export { MosquittoBroker } from "./mosquitto/MosquittoBroker";
export type { MosquittoBrokerArgs } from "./mosquitto/MosquittoBroker";
export { MqttUser } from "./mosquitto/MqttUser";
export type { MqttUserArgs, MqttUserCertificateArgs, UserInputs } from "./mosquitto/MqttUser";
export type { Persistence } from "./mosquitto/persistence";
export type { Settings } from "./mosquitto/settings";
export type { ListenerUrls } from "./mosquitto/urls";
export type { Ipv6Settings, StaticIpSettings } from "./network/model";
export { StaticIp } from "./network/StaticIp";
export type { StaticIpArgs } from "./network/StaticIp";
export { Upgrade } from "./os/model";
export type { OsSettings, UnattendedUpgrades } from "./os/model";
export { OsBaseline } from "./os/OsBaseline";
export type { OsBaselineArgs } from "./os/OsBaseline";
export type { Authority, Certificate, CertificateArgs, ClientAuthority } from "./tls/Certificate";
export { CertificateUsage, KeyAlgorithm } from "./tls/model";
export type { Lifetime, Renewal } from "./tls/lifetime";
export type { AuthoritySettings, LeafSettings } from "./tls/model";
export { TlsAuthority } from "./tls/TlsAuthority";
export type { TlsAuthorityArgs } from "./tls/TlsAuthority";
