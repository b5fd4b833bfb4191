# shellcheck shell=sh
# Which pair is live, and the broker that serves it. Sourced by hooks.sh and renew.sh.
: "${live:?}" "${pairs:?}" "${memory:?}"

broker=/etc/mosquitto/current

# obtain AGE: a pair that fits is live, and served; ordered where there is none such. Prints what that took of the broker: reload or
# restart.
obtain() {
  pair=$(fitting "$1")
  if [ -z "$pair" ]; then
    order && pair=$(fitting "$1") || return 1
  fi
  make_live "$pair"
}

is_served() {
  grep -qsxF "certificate $live" "$broker/plan"
}

# ask_broker VERB FOLDER: the hook of the broker that is live.
ask_broker() {
  ! is_served || sh "$broker/hooks.sh" "$1" "$broker" "$2"
}

# make_live PAIR: the broker tries it before, and proves it afterwards; else what was live is so again.
make_live() {
  former=$(live_pair)
  [ "$1" != "$former" ] || return 0
  ask_broker try "$1" ||
    complain "the broker does not take the certificate in $1 (see the lines above); the former one stays" || return 1
  switch_to "$1"
  ask_broker renewed "$former" && return
  [ -n "$former" ] || complain "the broker does not serve the certificate in $1 (see the lines above)" || return 1
  say "taking back the certificate"
  switch_to "$former"
  ask_broker renewed "$1" || :
  complain "the broker does not serve the certificate in $1 (see the lines above); the former one is live again"
}

# A rename of a symlink; synced before and after.
switch_to() {
  ln -sfn "pairs/${1##*/}" "$memory/.live" && sync -f "$memory" && mv -T "$memory/.live" "$live" && sync -f "$memory"
}
