# shellcheck shell=sh
# The host's name, and how the network finds it: avahi answers for NAME.local. Sourced by hooks.sh.

# The line that sudo and others find the own name by is changed as raspi-config does it.
name_host() {
  old=$(hostnamectl --static)
  # The name comes last: as long as it is not the wanted one, all of this is done again.
  sed -Ei "s/^(127\.0\.1\.1[[:space:]](.*[[:space:]])?)$old([[:space:]]|$)/\1$1\3/" /etc/hosts || return 1
  hostnamectl set-hostname "$1" || return 1
  ! systemctl --quiet is-active avahi-daemon.service || systemctl restart avahi-daemon.service
}

# Never starts it.
avahi() {
  busctl --auto-start=no call org.freedesktop.Avahi / org.freedesktop.Avahi.Server "$1" 2>/dev/null
}

# It has asked whether somebody else has the name.
is_registered() {
  [ "$(avahi GetState)" = "i 2" ]
}

# Another one than the host's where somebody else had that: mqtt-pi-2.local.
mdns_name() {
  avahi GetHostNameFqdn | cut -d '"' -f 2
}

is_called() {
  is_registered && [ "$(mdns_name)" = "$1" ]
}
