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
  complain "no certificate for $names was ordered from $server: $(reason); $(advice)"
}

# What lego said at last, without its dates.
reason() {
  said=$(from_store said 2>/dev/null | grep -v '\[\(INFO\|WARN\)\]' | sed 's,^[0-9/]* [0-9:]* ,,' | tr -s '\n\t ' '   ' | head -c 900) || :
  said=${said% }
  [ -n "$said" ] || said="it says nothing (see on the host: journalctl -u $order_unit)"
  echo "$said"
}

advice() {
  case "$(from_store said 2>/dev/null)" in
    *:rateLimited*) echo "wait as long as it says, and try with its staging server meanwhile" ;;
    *x509:*) echo "of a server of your own, give the authority as caPem" ;;
    *urn:ietf:params:acme:error:*)
      if grep -q '^http-01 ' "$dir/request"; then
        echo "http01: port 80 of each name must lead to this host from the internet: see the DNS, the router's port forward and the Firewall"
      else
        echo "dns01: see the provider's credentials, and that the zone is there"
      fi
      ;;
    *) echo "see on the host: journalctl -u $order_unit" ;;
  esac
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
  chmod 0644 "$new/server.crt"
  scratch=$(mktemp -d /run/mosquitto-pi-acme.XXXXXX)
  root_of "$new/server.crt" "$scratch" >"$new/ca.crt" && chmod 0644 "$new/ca.crt" || : >"$new/ca.crt"
  rm -rf "$scratch"
  [ -s "$new/ca.crt" ] ||
    complain "caPem: expected the root of the authority that has issued the certificate, got none, and this host does not trust its issuer: $(openssl x509 -in "$new/server.crt" -noout -issuer)" || return 1
  flaw=$(flaw "$new")
  [ -z "$flaw" ] || complain "the authority was asked for a certificate, and has sent one that is $flaw" || return 1
  last=$(all_pairs | head -n 1)
  last=${last##*/}
  sync -f "$pairs" && mv -T "$new" "$pairs/$((${last:-0} + 1))" && sync -f "$pairs" && rm -rf "$store/ordered"
}
