/** The folder of each concept that holds `generations/` and the symlink `current`: also looked at before anything is deployed. */
export const ROOTS = {
  mosquitto: "/etc/mosquitto",
  network: "/var/lib/pulumi-mosquitto-pi/network/wanted",
  firewall: "/var/lib/pulumi-mosquitto-pi/firewall/wanted",
  fail2ban: "/var/lib/pulumi-mosquitto-pi/fail2ban/wanted",
  os: "/var/lib/pulumi-mosquitto-pi/os/wanted",
  acme: "/var/lib/pulumi-mosquitto-pi/acme/wanted",
} as const;
