# shellcheck shell=bash disable=SC2034,SC2154
# What is asked of the demo. Flags that contradict each other are told, for guessing could deploy to the wrong Pi.

# Usage: misused WHAT
misused() {
  printf 'demo: %s\n' "$1" >&2
  cat >&2 <<'TEXT'
Usage: npm run demo                                  on a Pi in a container (bookworm)
       npm run demo -- --suite trixie                likewise, trixie
       npm run demo -- --host ADDRESS --key FILE --host-key "ssh-ed25519 …" [--user pi]     on a Pi of your own
       npm run demo -- --proof [--suite … | --host ADDRESS]                                 only the proof, again
       npm run demo -- --down                        take everything away
TEXT
  exit 2
}

read_arguments() {
  local suite=''
  while (($#)); do
    case $1 in
      --proof | --down)
        [ "$verb" = all ] || misused "$1 does not go with --$verb"
        verb=${1#--}
        ;;
      --suite | --host | --user | --key | --host-key)
        [ -n "${2:-}" ] || misused "$1 wants a value"
        case $1 in
          --suite) suite=$2 ;;
          --host) address=$2 ;;
          --user) user=$2 ;;
          --key) key=$2 ;;
          --host-key) host_key=$2 ;;
        esac
        shift
        ;;
      *) misused "unknown argument \"$1\"" ;;
    esac
    shift
  done
  check_arguments "$suite"
  stack=${suite:-bookworm} user=${user:-pi}
  [ -z "$address" ] || stack=at-${address//[.:]/-}
}

check_arguments() {
  [ "$verb" != down ] || [ -z "$1$address" ] || misused "--down takes everything away: no --suite or --host with it"
  [ -z "$1" ] || [ -z "$address" ] || misused "--suite is a Pi in a container, --host one of your own: give one of them"
  [ -n "$address" ] || [ -z "$user$key$host_key" ] || misused "--user, --key and --host-key go with --host"
  case $1 in
    '' | bookworm | trixie) ;;
    *) misused "unknown suite \"$1\": expected bookworm or trixie" ;;
  esac
}
