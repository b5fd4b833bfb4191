/** In place of `mosquitto`: what becomes of a live broker with a rule for `topic`; the trial's is as ever. */
const whenLive = (topic: string, script: string): string => `case "$*" in
  "-c /etc/mosquitto/current/"*) ! grep -q ' ${topic}/#' /etc/mosquitto/current/acl || {
    ${script}
    } ;;
esac
exec -a "$0" $real "$@"`;

/** Dies of its first client. */
export const crashes = (topic: string): string =>
  whenLive(
    topic,
    `log=/var/log/mosquitto/mosquitto.log; : >$log
    (until grep -q 'New connection' $log; do sleep 0.01; done; kill -9 $$) &`,
  );

/** Takes its passwords from a copy of an older generation, /run/older.passwd. */
export const hasOldPasswords = (topic: string): string =>
  whenLive(
    topic,
    `sed '/^include_dir/d; s,/etc/mosquitto/current/passwd,/run/older.passwd,' /etc/mosquitto/current/{mosquitto.conf,conf.d/*} >/tmp/older.conf
    exec -a "$0" $real -c /tmp/older.conf`,
  );

/** Does not start when it is only tried. */
export const NO_TRIAL = `case "$*" in */mosquitto-pi-trial.*) echo 'Error: Unable to load server key file.' >&2; exit 1 ;; esac
exec -a "$0" $real "$@"`;

/** Serves a copy of the host's former pair, /run/older. */
export const hasOldPair = (live: string): string => `case "$*" in
  "-c /etc/mosquitto/current/"*)
    sed '/^include_dir/d; s,${live}/,/run/older/,' /etc/mosquitto/current/{mosquitto.conf,conf.d/*} >/tmp/older.conf
    set -- -c /tmp/older.conf ;;
esac
exec -a "$0" $real "$@"`;

/** Never gets a SIGHUP. */
export const DEAF = `exec perl -MPOSIX -e '
  sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGHUP));
  exec { shift } "/usr/sbin/mosquitto", @ARGV' $real "$@"`;
