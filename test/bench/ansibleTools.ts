import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Variant } from "./fleet";
import { type Inputs, writeVariants } from "./inputs";
import { quoted, type Tool } from "./tool";

const PLAYBOOK = join(__dirname, "ansible");
const MITOGEN = "/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy";

/** The playbook, as it is and with Mitogen. */
export function ansibleTools(inputs: Inputs): Tool[] {
  const folder = join(inputs.folder, "ansible");
  writeVariants(folder, (variant) => files(inputs, variant));
  const inventory = join(folder, "inventory");
  mkdirSync(join(inventory, "group_vars"), { recursive: true });
  mkdirSync(join(folder, "cp"));
  writeFileSync(join(inventory, "hosts.json"), JSON.stringify({ brokers: { hosts: logins(inputs) } }));
  symlinkSync("../../input/brokers.json", join(inventory, "group_vars/brokers.json"));
  const ansible: Tool = {
    name: "Ansible",
    owner: "ansible",
    env: {
      ANSIBLE_CONFIG: join(PLAYBOOK, "ansible.cfg"),
      ANSIBLE_HOME: folder,
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, "cp"),
    },
    command: `ansible-playbook -i ${quoted(inventory)} ${quoted(join(PLAYBOOK, "site.yml"))}`,
  };
  const mitogen = { ANSIBLE_STRATEGY: "mitogen_linear", ANSIBLE_STRATEGY_PLUGINS: MITOGEN };
  return [ansible, { ...ansible, name: "Ansible with Mitogen", env: { ...ansible.env, ...mitogen } }];
}

function logins({ hosts }: Inputs): object {
  const variables = hosts.map(({ name, ip, user, sshOptions }) => [
    name,
    { ansible_host: ip, ansible_user: user, ansible_ssh_common_args: sshOptions.map(bareOrQuoted).join(" ") },
  ]);
  return Object.fromEntries(variables) as object;
}

/** Ansible would take a quote away that stands at both ends of the whole. */
const bareOrQuoted = (option: string) => (/^[A-Za-z0-9/=-]+$/.test(option) ? option : quoted(option));

function files(inputs: Inputs, variant: Variant): Record<string, string> {
  const { users, rules } = inputs.fleet(variant);
  const variables = {
    mosquitto_users: users,
    mosquitto_rules: rules,
    mosquitto_certificates: join(inputs.folder, "ansible/input/certificates/{{ inventory_hostname }}"),
  };
  const certificates = inputs.hosts.flatMap((host) => {
    const { certificatePem, privateKeyPem } = inputs.certificate(variant, host);
    const at = `certificates/${host.name}`;
    return [
      [`${at}/ca.crt`, inputs.authority.pair().certificatePem],
      [`${at}/server.crt`, certificatePem],
      [`${at}/server.key`, privateKeyPem],
    ];
  });
  return Object.fromEntries([["brokers.json", JSON.stringify(variables)], ...certificates]) as Record<string, string>;
}
