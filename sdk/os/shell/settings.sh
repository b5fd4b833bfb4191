# shellcheck shell=sh
# Settings that programs of the system make: what is wanted, what is, and what was before us. Sourced by hooks.sh.
: "${dir:?the folder of the generation}"

keys="hostname timezone time-sync"
memory=/var/lib/pulumi-mosquitto-pi/os
# Lines `key value`.
former=$memory/former

wanted() {
  sed -n "s/^$1 //p" "$dir/settings"
}

before() {
  sed -n "s/^$1 //p" "$former" 2>/dev/null || :
}

now() {
  case "$1" in
    hostname) hostnamectl --static ;;
    timezone) clock Timezone ;;
    time-sync) clock NTP ;;
  esac
}

put() {
  case "$1" in
    hostname) name_host "$2" ;;
    timezone) timedatectl set-timezone "$2" ;;
    time-sync) timedatectl set-ntp "$2" ;;
  esac
}

clock() {
  timedatectl show --property "$1" --value
}

is_synchronized() {
  [ "$(clock NTPSynchronized)" = yes ]
}

# All that is wanted, and what is no longer wanted as it was before us. Prints what it has changed.
settle() {
  for key in $keys; do
    value=$(wanted "$key")
    if [ -n "$value" ]; then
      remember "$key" && change "$key" "$value" || return 1
    else
      restore "$key" || return 1
    fi
  done
}

# On disk before anything changes.
remember() {
  [ -z "$(before "$1")" ] || return 0
  {
    cat "$former" 2>/dev/null || :
    echo "$1 $(now "$1")"
  } >"$former.new" && sync "$former.new" && mv "$former.new" "$former"
}

change() {
  [ "$(now "$1")" != "$2" ] || return 0
  put "$1" "$2" && echo "$1"
}

restore() {
  value=$(before "$1")
  [ -n "$value" ] || return 0
  change "$1" "$value" && sed -i "/^$1 /d" "$former"
}

give_back() {
  for key in $keys; do restore "$key" >/dev/null || say "$key could not be given back"; done
}
