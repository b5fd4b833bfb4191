# shellcheck shell=sh
# That the jail sees who fails to log in, and that a ban bites. Sourced by hooks.sh.
: "${dir:?}" "${jail:?}" "${watch:?}" "${scratch=}"

# A file of somebody's that is read after ours has the last word.
check_limits() {
  other=$(in_force >"$scratch/limits" && limits | grep -vxFf "$scratch/limits" | head -n 1)
  [ -z "$other" ] || fail "jail $(echo "$other" | sed 's/ /: expected /'), got \"$(sed -n "s/^${other% *} //p" "$scratch/limits")\"; look for [${other%% *}] in /etc/fail2ban/jail.local and jail.d/*.local"
}

# Fails to log in on every listener, from the Pi itself, which no jail bans: of each the watch has to say so, in words that the
# filter takes for a failure of that address.
check_sees_failures() {
  start=$(date +%s)
  python3 -I -B "$dir/canary.py" <"$dir/listeners" >"$scratch/tries" 2>"$scratch/complaint" ||
    fail "the broker cannot be reached on one of its listeners: $(tail -n 1 "$scratch/complaint")"
  while read -r from port; do
    line="failed login from [^ ]* port $from on $port"
    eventually 8 is_said "$line" || has_no_room ||
      fail "port $port: expected that \"$watch.service\" tells of a failed login there, got $(last_words); see: journalctl -u $watch"
  done <"$scratch/tries"
  said >"$scratch/said"
  while read -r from port; do grep " port $from on $port\$" "$scratch/said" || :; done <"$scratch/tries" >"$scratch/lines"
  expected=$(grep -c '' "$scratch/lines") ||
    fail "the jail cannot be checked: the broker has no room for one more client on any of its listeners; try again when there is, or raise maxConnections"
  matched=$(fail2ban-regex "$scratch/lines" "$jail" 2>&1 | sed -n 's/^Lines: .* \([0-9]*\) matched, .*/\1/p')
  [ "${matched:-0}" = "$expected" ] ||
    fail "the jail's filter matches ${matched:-none} of $expected failed logins that were made here; is there another filter, /etc/fail2ban/filter.d/$jail.local?"
}

said() {
  journalctl --quiet --no-pager --output short --since "@$start" "_SYSTEMD_UNIT=$watch.service"
}

# What the watch has complained of since it was started, if anything.
last_words() {
  complaint=$(journalctl --quiet --no-pager --output cat --since -1min "_SYSTEMD_UNIT=$watch.service" | grep -v '^failed login ' | tail -n 1)
  if [ -n "$complaint" ]; then echo "\"$complaint\""; else echo "no word"; fi
}

# A client that the broker has no room for is no failure.
has_no_room() {
  tail -n 100 /var/log/mosquitto/mosquitto.log | awk -F : -v start="$start" '$1 >= start' |
    grep -qE '^[0-9]+: Client connection from (::ffff:)?'"$(own_address)"' denied: max_connections exceeded\.$' &&
    say "port $port: not checked, since the broker has no room there"
}

# Where the listener is reached, and so where the try came from.
own_address() {
  awk -v port="$port" '$2 == port { gsub(/\./, "\\."); print $1 }' "$dir/listeners"
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
