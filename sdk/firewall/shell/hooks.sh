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
  sources=$(sed -nE 's/^(ssh|exempt) ([^ ]* ){3}([^ ]*) .*/\3/p' "$dir/rules")
  # shellcheck disable=SC2086
  printf '%s\n' "$sources" | grep -qx any || is_within "$client" $sources ||
    fail "ssh.from: expected a network that has the address you deploy from, \"$client\", got \"$(echo "$sources" | paste -s -d ' ')\", which would shut you out; add it"
  twice=$(sed -n "s,^allow allow tcp $ssh_port .*,$ssh_port/tcp,p" "$dir/rules" | head -n 1)
  [ -z "$twice" ] || fail "allow: expected each port once, got $twice, by which SSH comes: it has \`ssh\`"
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
  { is_as_found && end_deadline && remember_replaced && keep_former; } || take_back
  # shellcheck disable=SC2086
  { write_files $files_to_close && start_at_boot; } || {
    complain "ufw: expected room and leave to write its files in /etc, got none (see the line above)" || take_back
  }
  forget_files
  note_way
  rm -rf "/run/$undo"
}

take_back() {
  say "going back to the former rules"
  end_deadline || :
  # shellcheck disable=SC2086
  { unwrite_files $files_to_open && forget_files && forget_former; } ||
    say "ufw's files are not all back; look on the host: ls -l /etc/ufw/*$beside.old /etc/default/*$beside.old"
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
  # shellcheck disable=SC2086
  write_files $files_to_open
  forget_files
  give_back_boot
  rm -rf "/run/$undo"
}

case "$verb" in
  validate | activate | verify | describe | observe | report | deactivate) "$verb" ;;
  # Files that are as they should be say nothing of what somebody has done beside them.
  recheck) validate ;;
  require | log | finish) ;;
  *) fail "no such verb: $verb" ;;
esac
