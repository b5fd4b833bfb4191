import { createPrivateKey } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../support/run";
import { passwordHashes, type Variant } from "./fleet";
import { type Inputs, writeVariants } from "./inputs";
import { type Owner, quoted, type Tool } from "./tool";

const PLAYBOOK = join(__dirname, "ansible");
const MITOGEN = "/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy";
const CA_PASSPHRASE = "bench passphrase of the authority";

/** The playbook: all of it, as it is and with Mitogen; and no more of it than what puts files into place. */
export async function ansibleTools(inputs: Inputs): Promise<Tool[]> {
  const ansible = await wholeJob(inputs);
  const mitogen = { ANSIBLE_STRATEGY: "mitogen_linear", ANSIBLE_STRATEGY_PLUGINS: MITOGEN };
  return [
    ansible,
    { ...ansible, name: "Ansible with Mitogen", env: { ...ansible.env, ...mitogen } },
    filesOnly(inputs),
  ];
}

/** Issues certificates with an authority whose key has a passphrase, and keeps secrets in a vault. */
async function wholeJob(inputs: Inputs): Promise<Tool> {
  const folder = join(inputs.folder, "ansible");
  writeVariants(folder, (variant) => ({
    "brokers.json": JSON.stringify({
      ...variables(inputs, variant),
      mosquitto_authority: folder,
      // Hosts that are bare again have no certificates here, either: see hosts.sh.
      mosquitto_certificates: join(folder, "state"),
      mosquitto_certificate_days: variant === "certificate" ? 90 : 730,
    }),
  }));
  for (const state of ["state", "state.new"]) mkdirSync(join(folder, state));
  const { certificatePem, privateKeyPem } = inputs.authority.pair();
  const encryption = { cipher: "aes-256-cbc", passphrase: CA_PASSPHRASE };
  const encryptedKey = createPrivateKey(privateKeyPem).export({ type: "pkcs8", format: "pem", ...encryption });
  writeFileSync(join(folder, "ca.crt"), certificatePem);
  writeFileSync(join(folder, "ca.key"), encryptedKey, { mode: 0o600 });
  const tool = playbook(inputs, "Ansible", "ansible");
  const password = join(folder, "vault-password");
  writeFileSync(password, "bench password of the vault", { mode: 0o600 });
  await writeVault(join(folder, "inventory/group_vars/brokers/vault.json"), password, tool, {
    mosquitto_authority_passphrase: CA_PASSPHRASE,
    mosquitto_password_hashes: passwordHashes(inputs.fleet("user")),
  });
  return { ...tool, command: `${tool.command} --vault-password-file ${quoted(password)}` };
}

async function writeVault(path: string, password: string, { env }: Tool, secrets: object): Promise<void> {
  const options = { env: { ...process.env, ...env }, stdin: JSON.stringify(secrets) };
  const args = ["encrypt", "--vault-password-file", password, "--output", path];
  const { code, stderr } = await run("ansible-vault", args, options);
  if (code !== 0) throw new Error(`ansible-vault failed: ${stderr}`);
}

/** The same playbook with certificates that were issued beforehand, and secrets in plain text; foreign files stay. */
function filesOnly(inputs: Inputs): Tool {
  const folder = join(inputs.folder, "ansible-files");
  writeVariants(folder, (variant) => ({
    "brokers.json": JSON.stringify({
      ...variables(inputs, variant),
      mosquitto_authority: join(folder, "input"),
      mosquitto_certificates: join(folder, "input"),
      mosquitto_password_hashes: passwordHashes(inputs.fleet(variant)),
    }),
    "ca.crt": inputs.authority.pair().certificatePem,
    ...Object.fromEntries(
      inputs.hosts.flatMap((host) => {
        const { certificatePem, privateKeyPem } = inputs.certificate(variant, host);
        return [
          [`${host.name}.crt`, certificatePem],
          [`${host.name}.key`, privateKeyPem],
        ];
      }),
    ),
  }));
  const tool = playbook(inputs, "Ansible, files only", "ansible-files");
  return { ...tool, command: `${tool.command} --skip-tags certificate,foreign` };
}

function variables({ fleet }: Inputs, variant: Variant): object {
  const { users, rules } = fleet(variant);
  return { mosquitto_users: users.map(({ username }) => username), mosquitto_rules: rules };
}

/** Its inventory is in the owner's folder; what differs between variants, in `brokers.json` there. */
function playbook(inputs: Inputs, name: string, owner: Owner): Tool {
  const inventory = join(inputs.folder, owner, "inventory");
  const sockets = join(inputs.folder, "cp");
  const group = join(inventory, "group_vars/brokers");
  for (const path of [group, sockets]) mkdirSync(path, { recursive: true });
  writeFileSync(join(inventory, "hosts.json"), JSON.stringify({ brokers: { hosts: logins(inputs) } }));
  symlinkSync("../../../input/brokers.json", join(group, "vars.json"));
  return {
    name,
    owner,
    env: {
      ANSIBLE_CONFIG: join(PLAYBOOK, "ansible.cfg"),
      ANSIBLE_HOME: join(inputs.folder, owner),
      ANSIBLE_SSH_CONTROL_PATH_DIR: sockets,
    },
    command: `ansible-playbook -i ${quoted(inventory)} ${quoted(join(PLAYBOOK, "site.yml"))}`,
  };
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
