# shellcheck shell=sh
# That the jail sees who fails to log in, and that a ban bites. Sourced by hooks.sh.
: "${dir:?}" "${jail:?}" "${watch:?}" "${scratch=}"

# Somebody's jail.local goes before our file.
check_limits() {
  limits | while read -r name what value; do
    is=$(value_of "$name" "$what")
    [ "$is" = "$value" ] ||
      fail "jail $name: expected $what $value, got \"$is\"; look for [$name] in /etc/fail2ban/jail.local and jail.d/*.local"
  done
}

# Fails to log in on every listener, from the Pi itself, which no jail bans: of each the watch has to say so, in words that the
# filter takes for a failure of that address.
check_sees_failures() {
  python3 -I -B "$dir/canary.py" <"$dir/listeners" >"$scratch/tries" 2>"$scratch/complaint" ||
    fail "the broker cannot be reached on one of its listeners: $(tail -n 1 "$scratch/complaint")"
  while read -r from port; do
    line="failed login from [^ ]* port $from on $port"
    eventually 8 is_said "$line" ||
      fail "port $port: expected that \"$watch.service\" tells of a failed login there, got no word; see: journalctl -u $watch"
  done <"$scratch/tries"
  said >"$scratch/said"
  while read -r from port; do grep " port $from on $port\$" "$scratch/said"; done <"$scratch/tries" >"$scratch/lines"
  expected=$(grep -c '' "$scratch/tries")
  matched=$(fail2ban-regex "$scratch/lines" "$jail" 2>&1 | sed -n 's/^Lines: .* \([0-9]*\) matched, .*/\1/p')
  [ "${matched:-0}" = "$expected" ] ||
    fail "the jail's filter matches ${matched:-none} of $expected failed logins that were made here; is there another filter, /etc/fail2ban/filter.d/$jail.local?"
}

said() {
  journalctl --quiet --no-pager --output short --unit "$watch.service" --lines 200
}

is_said() {
  said | grep -q ": $1\$"
}

# An address for documentation: nobody has it.
check_bans() {
  nobody=192.0.2.1
  fail2ban-client set "$jail" banip "$nobody" >/dev/null
  eventually 10 is_dropped || {
    fail2ban-client set "$jail" unbanip "$nobody" >/dev/null
    fail "action: expected that packets of who is banned are dropped, got no such rule; see /var/log/fail2ban.log"
  }
  fail2ban-client set "$jail" unbanip "$nobody" >/dev/null
}

is_dropped() {
  case "$(grep '^action = ' "$dir/jail.conf")" in
    *nftables*) nft list ruleset ;;
    *) iptables -S ;;
  esac 2>/dev/null | grep -qwF "$nobody"
}
