#!/bin/sh
# The firewall's part of a transaction: hooks.sh VERB GENERATION. The generation says what is let in; ufw has the rules. A change is
# first made to a copy of ufw's files, whose rules the kernel gets; it is written to the disk when a new login has come through them.
set -eu
export LC_ALL=C
verb=$1
dir=$2
concept=firewall
# shellcheck source=../../host/shell/hooks/words.sh
. "$dir/words.sh"
# shellcheck source=../../host/shell/hooks/outside.sh
. "$dir/outside.sh"
. "$dir/kernel.sh"
. "$dir/files.sh"
. "$dir/rules.sh"
. "$dir/former.sh"

# Before anything changes.
validate() {
  find_way
  sources=$(sed -n 's/^ssh \([^ ]* \)\{3\}\([^ ]*\) .*/\2/p' "$dir/rules")
  # shellcheck disable=SC2086
  [ "$sources" = any ] || is_within "$client" $sources ||
    fail "ssh.from: expected a network that has the address you deploy from, \"$client\", got \"$(echo "$sources" | paste -s -d ' ')\", which would shut you out; add it"
  others=$(rules_of_others /)
  if [ -e "$dir/exclusive" ] && [ -n "$others" ]; then
    fail "exclusive: expected no rules but ours on this host, got \"$others\"; delete them there (sudo ufw status numbered; sudo ufw delete NUMBER), or leave \`exclusive\` away"
  fi
}

# Prints what it took: nothing, or reload.
activate() {
  # On the way back: it is done, or there was nothing to take back.
  if [ -e "$run/waiting" ]; then
    echo nothing
    return
  fi
  find_way
  remember_former
  stage
  if is_written && is_loaded && has_our_rules && starts_at_boot; then
    note_way
    echo nothing
    return
  fi
  others=$(rules_of_others "$staged")
  [ -z "$others" ] || say "rules of others, which stay: $others"
  leave_connection
  { set_deadline && load "$staged" && is_loaded; } || {
    complain "ufw: expected that the kernel takes its rules, but it does not (see the lines above)" || take_back
  }
  echo reload
}

# Waits for the word from outside: no check on the Pi itself can tell that it is reachable.
verify() {
  [ -e "$run/deadline" ] || return 0
  find_way
  say "waiting for a new login on port $ssh_port"
  await_login ||
    complain "ssh: expected a new login on port $ssh_port within $patience seconds, got none: the rules would shut you out, or the connection was lost" ||
    take_back
  { is_as_found && end_deadline && keep_former; } || take_back
  write_files ufw/after.rules ufw/after6.rules ufw/user.rules ufw/user6.rules default/ufw ufw/ufw.conf || take_back
  start_at_boot || take_back
  note_way
  rm -rf "/run/$undo"
}

take_back() {
  say "going back to the former rules"
  end_deadline || :
  sh "$dir/restore.sh" || say "the former rules are not all back; they are when this host is switched off and on"
  rm -rf "/run/$undo"
  exit 1
}

# What is set here outside of files, and is to be as it was deployed.
describe() {
  known_way
  echo "setting ufw $(say_enabled)"
  echo "setting ufw.service $(systemctl is-enabled ufw.service 2>/dev/null)"
  settings_in / | sed 's/^/setting ufw-/'
  echo "setting rules-in-force $(if is_loaded; then echo yes; else echo no; fi)"
  describe_rules
}

# For previews.
observe() {
  [ -e "$dir/exclusive" ] || {
    others=$(rules_of_others /)
    [ -z "$others" ] || echo "others $others"
  }
}

report() {
  known_way
  echo "ssh $ssh_port"
  rules_of_others / | sed 's/; /\n/g' | sed -n 's/.\+/other & kept/p'
}

# Gives back what was there before us.
deactivate() {
  if [ ! -s "$former" ] || ! command -v ufw >/dev/null; then return 0; fi
  known_way || :
  stage_former
  if was_enabled; then load "$staged"; else unload; fi
  write_files ufw/ufw.conf default/ufw ufw/after.rules ufw/after6.rules ufw/user.rules ufw/user6.rules
  give_back_boot
  rm -rf "/run/$undo"
}

case "$verb" in
  validate | activate | verify | describe | observe | report | deactivate) "$verb" ;;
  log) ;;
  *) fail "no such verb: $verb" ;;
esac
