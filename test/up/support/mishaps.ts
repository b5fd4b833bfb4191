/** Something that goes wrong on a Pi between deployments. */
export interface Mishap {
  readonly what: string;
  /** What somebody does, as root. */
  readonly command: string;
  /** What a preview says of it, one line each. */
  readonly told: readonly RegExp[];
  /** What it takes to put it right. */
  readonly activation: "nothing" | "reload" | "restart";
}

const LIVE = "/etc/mosquitto/current";
const MEMORY = "/var/lib/pulumi-mosquitto-pi";

/** Gives the installed mosquitto a lower version, as an old image or a pinned source would. */
const DOWNGRADE = `cd /root && apt-get -qq download mosquitto && dpkg-deb -R mosquitto_*.deb m && sed -i 's/^Version: .*/Version: 1.9.9-1/' m/DEBIAN/control &&
  dpkg-deb -b m old.deb && dpkg --force-downgrade --force-confold -i old.deb && rm -r m *.deb`;

export const MISHAPS: readonly Mishap[] = [
  {
    what: "an edited ACL",
    command: `echo 'topic readwrite #' >>${LIVE}/acl`,
    told: [/current\/acl its content was changed$/, /^ +- topic readwrite #$/],
    activation: "reload",
  },
  {
    what: "a deleted file",
    command: `rm ${LIVE}/conf.d/limits.conf`,
    told: [/current\/conf\.d\/limits\.conf is missing$/],
    activation: "restart",
  },
  {
    what: "other modes and owners, and a service that would not start at boot",
    command: `chmod 0644 ${LIVE}/passwd; chown root:root ${LIVE}/acl; chmod 0777 ${LIVE}/certs; rm /etc/systemd/system/multi-user.target.wants/mosquitto.service`,
    told: [
      /current\/passwd has mode 0644, deployed was 0600$/,
      /current\/acl belongs to root:root, deployed was mosquitto:mosquitto$/,
      /current\/certs has mode 0777, deployed was 0755$/,
      /mosquitto\.service is disabled: it would not start at boot$/,
    ],
    activation: "nothing",
  },
  {
    what: "a stopped service",
    command: "systemctl stop mosquitto.service",
    told: [/mosquitto\.service is stopped$/],
    activation: "restart",
  },
  {
    what: "a service masked by hand",
    command: "systemctl stop mosquitto.service; ln -s /dev/null /etc/systemd/system/mosquitto.service",
    told: [/mosquitto\.service is stopped, and is masked$/],
    activation: "restart",
  },
  {
    what: "a service masked until the next boot",
    command: "systemctl --quiet mask --runtime --now mosquitto.service",
    told: [/mosquitto\.service is stopped, and is masked-runtime$/],
    activation: "restart",
  },
  {
    what: "a removed package",
    command: "apt-get -qq -y remove mosquitto",
    told: [/package mosquitto is not installed$/, /: installs mosquitto/],
    activation: "restart",
  },
  {
    what: "a downgraded package",
    command: DOWNGRADE,
    told: [
      /package mosquitto is 1\.9\.9-1, older than \S+ that was deployed$/,
      /: installs mosquitto, then restart \(by the installation\)/,
    ],
    // Its own installation has restarted it already.
    activation: "nothing",
  },
  {
    what: "foreign files in our folders",
    command: `echo 'listener 1999' >${LIVE}/conf.d/zz.conf; ln -s /etc/passwd ${LIVE}/certs/link; mkdir /etc/mosquitto/generations/notes`,
    told: [
      /current\/conf\.d\/zz\.conf is not ours$/,
      /current\/certs\/link is not ours$/,
      /generations\/notes is not ours$/,
      /^ +conf\.d\/zz\.conf \(goes away\)$/,
    ],
    activation: "restart",
  },
  {
    what: "what the broker does not read",
    command: `mkdir ${LIVE}/notes; ln -s /etc/hostname ${LIVE}/certs/link; echo >>${LIVE}/plan; rm ${LIVE}/canary`,
    told: [/current\/plan its content was changed$/, /current\/canary is missing$/, /nothing is reloaded$/],
    activation: "nothing",
  },
  {
    what: "a link among the settings",
    command: `ln -s /etc/hostname ${LIVE}/conf.d/zz.conf`,
    told: [/current\/conf\.d\/zz\.conf is not ours$/, /restart \(a change of conf\.d\/zz\.conf\)/],
    activation: "restart",
  },
  {
    what: "folders that a user may swap, or the broker may not enter",
    command: "chown 1000 /etc/mosquitto; chmod 2777 /etc/mosquitto; chmod 0700 /etc/mosquitto/generations",
    told: [
      /\/etc\/mosquitto has mode 2777, deployed was 0755$/,
      /\/etc\/mosquitto belongs to \S+:root, deployed was root:root$/,
      /\/etc\/mosquitto\/generations has mode 0700, deployed was 0755$/,
    ],
    activation: "nothing",
  },
  {
    what: "copies with names like those of generations, and a link in place of a file",
    command: `cd /etc/mosquitto/generations && mkdir 9th-try 2026-11-23-backup && ln -sf /etc/hostname ${LIVE}/acl`,
    told: [
      /generations\/9th-try is not ours$/,
      /generations\/2026-11-23-backup is not ours$/,
      /current\/acl is no longer a file of its kind$/,
      /, then reload/,
    ],
    activation: "reload",
  },
  {
    what: "a missing drop-in and an older generation made live",
    command: `ls -d /etc/mosquitto/generations/* | head -n 1 | xargs -I OLD ln -sfn OLD ${LIVE}; rm /etc/systemd/system/mosquitto.service.d/*`,
    told: [/current leads to \S+, deployed was \S+$/, /zz-pulumi-mosquitto-pi\.conf is missing$/],
    activation: "restart",
  },
  {
    what: "a folder in place of the symlink",
    command: `cp -a ${LIVE}/ /etc/mosquitto/copy; rm ${LIVE}; mv /etc/mosquitto/copy ${LIVE}`,
    told: [/current leads nowhere, or is no link any more$/],
    activation: "restart",
  },
  {
    what: "the symlink gone, and the service started on what it had before us",
    command: `rm ${LIVE}; echo 'allow_anonymous true' >/etc/mosquitto/conf.d/open.conf; systemctl daemon-reload
      systemctl restart mosquitto 2>/dev/null && exit 1; rm /etc/mosquitto/conf.d/open.conf`,
    told: [/current leads nowhere, or is no link any more$/, /mosquitto\.service is stopped$/],
    activation: "restart",
  },
  {
    what: "the drop-in gone, and the service started without it, and so without its sandbox",
    command: `rm /etc/systemd/system/mosquitto.service.d/zz*; systemctl daemon-reload; systemctl restart mosquitto
      pgrep -f '^/usr/sbin/mosquitto -c /etc/mosquitto/current/mosquitto.conf' >/dev/null`,
    told: [/zz-pulumi-mosquitto-pi\.conf is missing$/],
    activation: "restart",
  },
  {
    what: "the file of the drop-in gone, and the service started on what it had before us",
    command: `rm ${LIVE}/systemd.conf; systemctl daemon-reload; ! systemctl restart mosquitto 2>/dev/null`,
    told: [/current\/systemd\.conf is missing$/, /mosquitto\.service is stopped$/],
    activation: "restart",
  },
  {
    what: "a memory that others may write to, and have",
    command: `chmod 0777 ${MEMORY}/mosquitto; chown 1000 ${MEMORY}; echo '[Service]' >>${MEMORY}/mosquitto/fail-closed.conf`,
    told: [
      /pulumi-mosquitto-pi\/mosquitto has mode 0777, deployed was 0755$/,
      /pulumi-mosquitto-pi belongs to \S+, deployed was root:root$/,
      /00-pulumi-mosquitto-pi\.conf leads to \S+, whose content was changed$/,
    ],
    activation: "nothing",
  },
  {
    what: "a wiped manifest",
    command: `rm ${MEMORY}/mosquitto/manifest`,
    told: [
      /what was deployed is not known: the manifest in \S+ is gone$/,
      /plan for .*: what was deployed there is not known any more: nothing is reloaded$/,
    ],
    activation: "nothing",
  },
  {
    what: "a wiped memory",
    command: `rm -r ${MEMORY}`,
    told: [
      /what was deployed is not known: /,
      /plan for .*: what was deployed there is not known any more: nothing is reloaded$/,
    ],
    activation: "nothing",
  },
  {
    what: "another machine-id: a copied card",
    command: "systemd-machine-id-setup --root=/ >/dev/null; dbus-uuidgen >/etc/machine-id",
    told: [/the host is another installation than the one deployed to \(machine-id \w+, was \w+\)$/],
    activation: "nothing",
  },
  {
    what: "a card flashed anew",
    command: `apt-get -qq -y purge mosquitto; rm -rf ${MEMORY} /etc/mosquitto /etc/systemd/system/mosquitto.service.d; systemctl daemon-reload`,
    told: [
      /nothing of ours is there yet \(a new or newly flashed Pi\): installs mosquitto, then writes \d+ files, then mosquitto is started$/,
    ],
    activation: "restart",
  },
];
