# shellcheck shell=sh
# Clients whose certificates are revoked: certs/clients.crl is for mosquitto, certs/revoked tells the same in words, `SERIAL END
# NAME KEY` a line, KEY being the authority's, after the keys of all authorities, and is also there without. An END of `-` is of a
# list that the authority makes elsewhere: what may go again is its to say. Sourced by hooks.sh.
: "${dir:?}" "${listeners?}" "${pid=0}"

# Who is on the list of generation $1 and not on that of $2, by serial number.
revoked_only_in() {
  others=$2/certs/revoked
  [ -f "$others" ] || others=/dev/null
  awk 'FILENAME == ARGV[1] { known[$1, $4]; next } $1 != "authority" && !(($1, $4) in known)' "$others" "$1/certs/revoked"
}

# The keys of the authorities that generation $1 trusts.
trusted_by() {
  sed -n 's/^authority //p' "$1/certs/revoked" | tr '\n' ' '
}

# check_revoked BEFORE: what has been revoked stays so as long as its certificate could live, and its authority is trusted. One that
# is not told at all may be trusted again later, when nobody remembers.
check_revoked() {
  [ -f "$1/certs/revoked" ] || return 0
  trusting=$dir
  [ -f "$dir/certs/revoked" ] || trusting=$1
  forgotten=$(revoked_only_in "$1" "$dir" | awk -v now="$(date -u +%Y-%m-%dT%H:%M:%SZ)" -v trusted=" $(trusted_by "$trusting") " '$2 > now && index(trusted, " " $4 " ") { print $1, $2, $3 }')
  [ -z "$forgotten" ] || fail "certificates that were revoked would be let in again (serial number, end, user): $forgotten; put the numbers into \`revoked\` of their authority, which is \`clientAuthority\` or \`authority\`"
}

# cut_revoked BEFORE: the connections of those who are on the list only now: mosquitto looks at a certificate when its client
# comes. Where the log does not tell whose a connection is, it is cut as well; its client comes back at once, if it may.
cut_revoked() {
  [ -f "$1/certs/revoked" ] && [ -f "$dir/certs/revoked" ] || return 0
  # Nobody has come by an authority that was not trusted.
  names=$(revoked_only_in "$dir" "$1" | awk -v trusted=" $(trusted_by "$1") " 'index(trusted, " " $4 " ") { printf "%s ", $3 }')
  [ -n "$names" ] || return 0
  # Before it has read the list, it would let them in again.
  eventually 5 has_taken_signals || return 1
  doomed=$(connections | doomed_among "$names")
  while read -r here there; do
    [ -n "$here" ] || continue
    say "cutting the connection from $there"
    ss -HtnK state established src "$here" dst "$there" >/dev/null 2>&1 || :
    [ -z "$(ss -Htn state established src "$here" dst "$there")" ] || return 1
  done <<END
$doomed
END
}

# What the log tells of connections, the oldest first, and then those of clients with certificates: `connection HERE THERE`.
connections() {
  file=$(sed -n 's/^log_dest file //p' "$dir/mosquitto.conf")
  for log in "$file.1" "$file"; do
    [ ! -f "$log" ] || grep -a 'New client connected from ' "$log" || :
  done
  while read -r _ port _ _ security; do
    [ "$security" != mutual-tls ] || ss -Htn state established "sport = :$port" | awk '{ print "connection", $3, $4 }'
  done <<END
$listeners
END
}

# Of these, the connections of the users $1, and of nobody knows whom. A client chooses its id, but not how the line ends that
# tells of it. `-` stands for a certificate whose user is not known.
doomed_among() {
  awk -v names="$1" '
    BEGIN { count = split(names, list); for (i = 1; i <= count; i++) doomed[list[i]] }
    $1 == "connection" {
      peer = $3
      gsub(/[][]/, "", peer)
      if (!(peer in user) || user[peer] in doomed || "-" in doomed) print $2, $3
      next
    }
    {
      peer = substr($0, index($0, "New client connected from ") + 26)
      sub(/ .*/, "", peer)
      delete user[peer]
      if (match($0, /u\047[A-Za-z0-9._-]+\047\)\.$/)) user[peer] = substr($0, RSTART + 2, RLENGTH - 5)
    }'
}
