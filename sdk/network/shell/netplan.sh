# shellcheck shell=sh
# Netplan, since trixie: it makes profiles of its files at each boot. NetworkManager as Raspberry Pi OS has it writes a change of
# such a profile to these files. Debian's own writes a file of NetworkManager's, and at the next boot what netplan makes goes before
# that. Sourced by hooks.sh.
: "${memory:?}" "${uuid=}"

aside=$memory/netplan.yaml

# So that file stands aside where NetworkManager has one of its own.
set_netplan_aside() {
  case "$(nmcli -t -f UUID,FILENAME connection show | sed -n "s/^$uuid://p")" in
    /etc/NetworkManager/*) ;;
    *) return 0 ;;
  esac
  [ ! -e "$(netplan_file)" ] || mv "$(netplan_file)" "$aside"
}

give_netplan_back() {
  [ ! -e "$aside" ] || mv "$aside" "$(netplan_file)"
}

netplan_file() {
  echo "/etc/netplan/90-NM-$uuid.yaml"
}
