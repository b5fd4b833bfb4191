# shellcheck shell=bash disable=SC2034,SC2153
# Where everything is, and the few words all parts of the lab use.

REPO=$(cd "$LAB_DIR/../.." && pwd)
LAB_ROOT=${MOSQUITTO_PI_CACHE:-$REPO/.cache}/lab
IMAGES=$LAB_ROOT/images
RUN=$LAB_ROOT/run
LAB=${LAB:-default}
STATE=$RUN/$LAB
APT_PORT=3142

say() { printf '%s\n' "$*" >&2; }

die() {
  say "lab: $*"
  exit 1
}

valid_name() {
  [[ $2 =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
    die "$1 \"$2\" is not usable: expected 1 to 32 of a-z, 0-9 and \"-\", not at an end."
}

require_debian_root() {
  [[ -r /etc/debian_version ]] ||
    die "the lab of Pis needs Debian (bookworm or newer) or a system made from it; this is not one."
  ((EUID == 0)) || die "the lab of Pis boots real systems and needs root. Run it as root, for example with sudo."
}

# A pid alone may be someone else's by now; with the start time it is one certain process. A dead one that nobody has
# collected is none.
process_identity() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The command name may hold spaces and brackets; after it come the state and, as the 20th field, the start time.
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != [ZX] ]] || return 1
  printf '%s %s\n' "$1" "${stat[19]}"
}

process_alive() {
  [[ $(process_identity "${1%% *}") == "$1" ]]
}
