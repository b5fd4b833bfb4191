# shellcheck shell=sh
# The rules that are in force, by ufw's own ufw-init. Chains that are not ufw's, such as fail2ban's, stay. Sourced by hooks.sh and
# restore.sh.
: "${memory:?}"

# The timer that puts the former rules in force, and its folder in /run.
# shellcheck disable=SC2034
undo=pulumi-mosquitto-pi-firewall-undo
# The settings before us.
former=$memory/former

# 4, and 6 where the kernel has IPv6.
families=4
[ ! -d /proc/sys/net/ipv6 ] || families="4 6"

# table FAMILY SUFFIX ARGUMENT…: runs iptables or its companion.
table() {
  family=$1
  program=$2
  shift 2
  case "$family" in
    4) "iptables$program" "$@" ;;
    6) "ip6tables$program" "$@" ;;
  esac
}

# Whether the kernel drops what no rule of ufw's lets in.
is_loaded() {
  for family in $families; do
    prefix=ufw${family#4}
    chains=$(table "$family" "" -S 2>/dev/null) || return 1
    for line in '-P INPUT DROP' '-P OUTPUT ACCEPT' "-A INPUT -j $prefix-before-input" "-A $prefix-before-input -j $prefix-user-input"; do
      printf '%s\n' "$chains" | grep -qxF -e "$line" || return 1
    done
  done
}

# ufw-init drops everything for a moment otherwise.
let_in() {
  for family in $families; do table "$family" "" -P INPUT ACCEPT || return 1; done
}

# load ROOT: what ufw's files below it say is in force. Where only rules differ, they are swapped at once.
load() {
  if is_loaded && has_same_frame "$1"; then
    for family in $families; do table "$family" -restore -n <"$1/etc/ufw/user${family#4}.rules" || return 1; done
  else
    reload "$1"
  fi
}

# ufw-init does not hook chains that are there already.
reload() {
  let_in && /lib/ufw/ufw-init force-stop >&2 || return 1
  is_hooked || remove_chains || return 1
  /lib/ufw/ufw-init --datadir "$1" start >&2
}

is_hooked() {
  for family in $families; do table "$family" "" -C INPUT -j "ufw${family#4}-before-input" 2>/dev/null || return 1; done
}

# Whether no file differs but those of rules.
has_same_frame() {
  for file in default/ufw ufw/after.rules ufw/after6.rules; do cmp -s "$1/etc/$file" "/etc/$file" || return 1; done
}

# Nothing is in force. ufw-init leaves empty chains behind, and what it has set of the kernel's.
unload() {
  let_in && /lib/ufw/ufw-init force-stop >&2 && remove_chains || return 1
  [ ! -s "$former" ] || sed -n 's/^sysctl //p' "$former" | while read -r setting; do sysctl -q -w "$setting" || :; done
}

remove_chains() {
  for family in $families; do
    {
      echo '*filter'
      table "$family" "" -S | sed -n 's/^-A \([A-Z]*\) -j \(ufw.*\)/-D \1 -j \2/p'
      table "$family" "" -S | sed -n 's/^-N \(ufw.*\)/-X \1/p'
      echo COMMIT
    } | table "$family" -restore -n || return 1
  done
}
