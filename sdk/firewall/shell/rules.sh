# shellcheck shell=sh
# Rules, in ufw's own notation: `allow tcp 8883 0.0.0.0/0 any 192.168.1.0/24 in comment=70756c…`, which is action, protocol, port,
# destination, source port, source, direction. Ours have a comment that says so. Sourced by hooks.sh.
: "${dir:?}" "${staged:?}" "${families:?}" "${ssh_port=}" "${client=}"

mark='pulumi-mosquitto-pi'

hex() {
  printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'
}

ours=" comment=$(hex "$mark ")"

# rules_file ROOT FAMILY
rules_file() {
  echo "$1/etc/ufw/user${2#4}.rules"
}

# tuples ROOT FAMILY
tuples() {
  sed -n 's/^### tuple ### //p' "$(rules_file "$1" "$2")"
}

our_tuples() {
  tuples "$1" "$2" | grep -F "$ours" || :
}

other_tuples() {
  tuples "$1" "$2" | grep -vF "$ours" || :
}

# The generation's rules: `name action protocol port from to`. A deployment comes more often than a limit allows: where it comes from is
# exempt, whether or not the generation says so.
wanted_rules() {
  if grep -q '^ssh limit ' "$dir/rules"; then
    exempt=$(sed -n 's/^exempt .* \([^ ]*\) any$/\1/p' "$dir/rules")
    # shellcheck disable=SC2086
    { [ -n "$exempt" ] && is_within "$client" $exempt; } || echo "exempt allow tcp $ssh_port $client any"
  fi
  sed "/^ssh limit [^ ]* [^ ]* $client any\$/d; s/ in-use / $ssh_port /" "$dir/rules"
}

# wanted_tuples FAMILY
wanted_tuples() {
  wanted_rules | while read -r name action protocol port from to; do
    if ! to=$(in_family "$1" "$to") || ! from=$(in_family "$1" "$from"); then continue; fi
    echo "$action $protocol $port $to any $from in comment=$(hex "$mark $name")"
  done
}

# in_family FAMILY ADDRESS: fails when it is one of the other family.
in_family() {
  case "$1 $2" in
    '4 any') echo 0.0.0.0/0 ;;
    '6 any') echo ::/0 ;;
    '6 '*:*) echo "$2" ;;
    '6 '* | *:*) return 1 ;;
    *) echo "$2" ;;
  esac
}

# In the copy: what is missing is added behind all other rules, but for the exempt, what is too much of ours goes, and what it took the
# place of comes back, unless no rules but ours are wanted.
stage_rules() {
  for family in $families; do
    wanted_tuples "$family" >"$staged/wanted$family"
    tuples "$staged" "$family" >"$staged/tuples$family"
  done
  missing=$(for family in $families; do grep -vxFf "$staged/tuples$family" "$staged/wanted$family" || :; done)
  [ -z "$missing" ] || wanted_rules | while read -r name action protocol port from to; do
    case "$missing" in *"$action $protocol $port "*) ;; *) continue ;; esac
    # The first rule that fits decides.
    place=$([ "$name" != exempt ] || echo prepend)
    # shellcheck disable=SC2086
    edit $place "$action" proto "$protocol" from "$from" to "$to" port "$port" comment "$mark $name" </dev/null
  done
  for family in $families; do
    our_tuples "$staged" "$family" | grep -vxFf "$staged/wanted$family" >"$staged/surplus" || :
    while read -r tuple; do
      if [ -e "$dir/exclusive" ]; then delete "$tuple"; else give_back "$family" "$tuple"; fi </dev/null
    done <"$staged/surplus"
  done
}

delete() {
  # shellcheck disable=SC2086
  set -- $1
  edit delete "$1" proto "$2" from "$6" to "$4" port "$3"
}

# is_in_force FAMILY TUPLE: ufw writes down what it tells the kernel below each tuple.
is_in_force() {
  awk -v start="### tuple ### $2" '$0 == start { on = 1; next } /^$|^#/ { on = 0 } on' "$(rules_file / "$1")" |
    while read -r _ chain rule; do
      # shellcheck disable=SC2086
      table "$1" "" -C "$chain" $rule 2>/dev/null || return 1
    done
}

# Whether the kernel has each rule of ours, which the disk has.
has_our_rules() {
  for family in $families; do
    our_tuples / "$family" | while read -r tuple; do is_in_force "$family" "$tuple" || return 1; done || return 1
  done
}

# A line for each rule of ours that is on the disk.
describe_rules() {
  for family in $families; do
    present=$(tuples / "$family")
    wanted_tuples "$family" | grep -xF -e "$present" | while read -r tuple; do
      what=$(echo "$tuple" | in_words | tr ' ' '-')
      action=${tuple%% *}
      is_in_force "$family" "$tuple" || action="$action, but not in force"
      [ "$family" = 4 ] || what="$what(v6)"
      echo "setting rule-${what#*-} $action"
    done
  done
  [ ! -e "$dir/exclusive" ] ||
    for family in $families; do other_tuples / "$family"; done | in_words | sort -u | tr ' ' '-' | sed 's/.*/setting other-rule-& there/'
}

# rules_of_others ROOT: in words, in one line.
rules_of_others() {
  for family in $families; do other_tuples "$1" "$family"; done | in_words | sort -u | paste -s -d ';' | sed 's/;/; /g'
}

# Reads tuples: `allow 80/tcp from 192.168.1.0/24`.
in_words() {
  while read -r action protocol port to _ from more; do
    what=$port/$protocol
    case "$what" in
      any/any) what=everything ;;
      */any) what=$port ;;
    esac
    case "$more" in
      in* | out*) ;;
      *) what=$(echo "${more%% *}" | sed 's/%20/ /g') ;;
    esac
    case " $more" in *' out'*) what="$what out" ;; esac
    case "$from" in 0.0.0.0/0 | ::/0) ;; *) what="$what from $from" ;; esac
    case "$to" in 0.0.0.0/0 | ::/0) ;; *) what="$what to $to" ;; esac
    echo "$action $what"
  done
}
