# shellcheck shell=sh
# Has a certificate ordered by the service that talks to the authority, and makes a pair of what that got. Sourced by hooks.sh and
# renew.sh.
: "${dir:?}" "${pairs:?}"

order_unit=pulumi-mosquitto-pi-acme-order.service
# The order's StateDirectory: with its account, and in `ordered` what it has got.
store=/var/lib/private/pulumi-mosquitto-pi-acme

# order: what an earlier one got, and nobody has taken since, is as good.
order() {
  wait_for_order
  has_ordered || start_order || return 1
  take_ordered
}

# Of a deployment that was killed: it goes on by itself.
wait_for_order() {
  ! is_ordering || say "waiting for an order that is under way (see on the host: systemctl status $order_unit)"
  while is_ordering; do sleep 1; done
}

is_ordering() {
  case "$(systemctl is-active "$order_unit")" in activating | active) ;; *) return 1 ;; esac
}

start_order() {
  server=$(sed -n 's,^server https://\([^/]*\).*,\1,p' "$dir/request")
  names=$(wanted_names | paste -s -d ' ')
  say "ordering a certificate for $names from $server"
  systemctl reset-failed "$order_unit" 2>/dev/null || :
  ! systemctl start "$order_unit" 2>/dev/null || return 0
  reason=$(reason)
  complain "no certificate for $names was ordered from $server: $reason; $(advice "$reason")"
}

# What lego said at last: a message begins with its date, and may have several lines.
reason() {
  said=$(from_store said 2>/dev/null | awk '
    /^[0-9][0-9][0-9][0-9]\/[0-9][0-9]\/[0-9][0-9] / { isProblem = !/\[(INFO|WARN)\]/; $1 = $2 = ""; if (isProblem) problem = "" }
    isProblem { $1 = $1; problem = problem " " $0 }
    END { print substr(problem, 1, 700) }' | tr -s ' ') || :
  said=${said# }
  echo "${said:-it was broken off}"
}

advice() {
  case "$1" in
    *rateLimited*) echo "wait as long as it says; to try things out, there is its staging server" ;;
    *"not yet valid"*) echo "this host's clock says $(date -u): set it (timedatectl), or have it synchronized (OsBaseline)" ;;
    *x509:*) echo "of a server of your own, give the authority as caPem" ;;
    *"address already in use"*) echo "stop what has that port on the host, or have the router forward port 80 to another, http01.port" ;;
    *:acme:error:* | *presenting*) challenge_advice ;;
    *) echo "see on the host: journalctl -u $order_unit" ;;
  esac
}

challenge_advice() {
  if grep -q '^http-01 ' "$dir/request"; then
    echo "http01: port 80 of each name has to lead to this host from the internet: see the DNS, the router's port forward and the Firewall"
  else
    echo "dns01: see the credentials, and that the zone is the provider's"
  fi
}

has_ordered() {
  [ -d "$store/ordered" ] && [ "$(from_store ordered/request)" = "$(cat "$dir/digest")" ] && ! from_store ordered/server.crt | is_due
}

# from_store FILE: read as who has written it. Whoever breaks into what talks to the authority could put a link there, to what is root's.
from_store() {
  (
    owner=$(stat -c %u "$store") && cd "$store" &&
      exec setpriv --reuid="$owner" --regid="$owner" --clear-groups timeout 10 head -c 65536 "$1"
  )
}

take_ordered() {
  new=$pairs/.new
  install -d -m 0755 "$pairs"
  rm -rf "$new"
  mkdir -m 0755 "$new"
  for file in server.crt server.key request; do
    (umask 077 && from_store "ordered/$file" >"$new/$file") || complain "what was ordered cannot be read" || return 1
  done
  : >"$new/ca.crt"
  chmod 0644 "$new/server.crt" "$new/ca.crt"
  scratch=$(mktemp -d /run/mosquitto-pi-acme.XXXXXX)
  found=yes
  root_of "$new/server.crt" "$scratch" >"$new/ca.crt" || found=no
  rm -rf "$scratch"
  [ "$found" = yes ] ||
    complain "caPem: expected the root of the authority that has issued the certificate, got none, and this host does not trust $(openssl x509 -in "$new/server.crt" -noout -issuer | sed "s,^issuer=,,")" || return 1
  flaw=$(flaw "$new")
  [ -z "$flaw" ] || {
    rm -rf "$store/ordered"
    complain "the authority has sent a certificate that is $flaw"
    return 1
  }
  last=$(all_pairs | head -n 1)
  last=${last##*/}
  sync -f "$pairs" && mv -T "$new" "$pairs/$((${last:-0} + 1))" && sync -f "$pairs" && rm -rf "$store/ordered"
}
