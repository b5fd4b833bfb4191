# shellcheck shell=bash
# The Debian mirrors this machine's own apt uses. No mirror is named in this repository.

# Usage: debian_mirror '[a-z]*' | '[a-z]*-security'   (a pattern for the suite's code name)
debian_mirror() {
  # shellcheck disable=SC2016
  local format='$(ORIGIN)|$(CODENAME)|$(REPO_URI)'
  apt-get indextargets --format "$format" 'Created-By: Packages' | sed -n "s/^Debian|$1|//p" | sed -n 1p
}

main_mirror() {
  local mirror
  mirror=$(debian_mirror '[a-z]*')
  # apt knows the origin of a source only from its lists, which machines made from container images come without.
  [[ $mirror ]] || apt-get update -q >/dev/null
  mirror=${mirror:-$(debian_mirror '[a-z]*')}
  if [[ -z $mirror ]]; then
    echo "lab: this machine's apt knows no Debian mirror. Add one to its sources and try again." >&2
    return 1
  fi
  echo "${mirror%/}"
}

security_mirror() {
  local mirror
  mirror=$(debian_mirror '[a-z]*-security')
  echo "${mirror%/}"
}

debian_sources() {
  local suite=$1 main security
  main=$(main_mirror) security=$(security_mirror)
  printf 'deb %s %s main\ndeb %s %s-updates main\n' "$main" "$suite" "$main" "$suite"
  [[ -z $security ]] || printf 'deb %s %s-security main\n' "$security" "$suite"
}
