# shellcheck shell=sh
# Comes by standard input, over a connection of its own. Usage: confirm.sh CONCEPT confirm|tell WORD ID…
# Confirms a change that waits for it, or only tells how it ended; 75 says that it is not that far, or prints the WORD that the
# next connection has to say. ID is what the change was fed.
concept=$1
what=$2
word=$3
shift 3
id=$*
run=/run/pulumi-mosquitto-pi.$concept

is_deployed() {
  grep -qsx "id $id" "/var/lib/pulumi-mosquitto-pi/$concept/manifest"
}

runs() {
  systemctl --quiet is-active "pulumi-mosquitto-pi-$concept.service"
}

! is_deployed || exit 0
[ "$(cat "$run/id" 2>/dev/null)" = "$id" ] || {
  echo "error: expected the change that this program has begun, got another, or none: the host was restarted, or somebody else deployed" >&2
  exit 1
}
case "$what" in
  tell) ! runs || exit 75 ;;
  confirm)
    # A connection from before the change proves nothing: only what has begun after it can know the word.
    if runs && [ "$word" != "$(cat "$run/changed" 2>/dev/null)" ]; then
      cat "$run/changed" 2>/dev/null
      exit 75
    fi
    : >"$run/confirmed"
    while runs; do sleep 0.2; done
    ;;
esac
is_deployed && exit
cat "$run/log" >&2
exit 1
