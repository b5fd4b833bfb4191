const GENERATIONS = "/etc/mosquitto/generations";

/** Ends what the command lines below began. */
export const OTHER_DISK_GONE = `umount --lazy ${GENERATIONS}`;
export const WRITABLE_AGAIN = "umount --lazy /etc /usr /var";

/** Puts the generations on a file system of their own, with the options of a tmpfs. */
export const otherDisk = (options: string): string => `cp -a ${GENERATIONS} /run/generations
mount -t tmpfs -o mode=0755,${options} card ${GENERATIONS}
cp -a /run/generations/. ${GENERATIONS}/ && rm -r /run/generations`;

/** Leaves it room for three more files. */
export const FEW_INODES = `${otherDisk("nr_inodes=500")}
mkdir ${GENERATIONS}/0000-full && cd ${GENERATIONS}/0000-full
i=0; while touch $i 2>/dev/null; do i=$((i+1)); done; rm 0 1 2`;

/** What Linux does with a card that fails. */
export const READ_ONLY = "for d in /etc /usr /var; do mount --bind $d $d && mount -o remount,bind,ro $d; done";

/** In place of `tar`: a card that gives back another key than was written. */
export const OTHER_KEY = `$real "$@" || exit
key=/etc/mosquitto/generations/.staged/certs/server.key
[ ! -e $key ] || openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 >$key`;

/** In place of `mv`: fails once, for what matches. */
export const cannotMove = (what: string): string => `case "$*" in
  ${what}) [ -e /run/failed-${what.length} ] || { : >/run/failed-${what.length}; echo "mv: Input/output error" >&2; exit 1; } ;;
esac
exec $real "$@"`;
