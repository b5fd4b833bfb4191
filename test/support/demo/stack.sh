# shellcheck shell=bash disable=SC2154
# The demo's stack of examples/home: state, configuration and passphrase are in $DEMO, the program's folder stays clean.

workspace=$DEMO/workspace

# Plugins outlive an engine that was killed: they must not keep the demo's lock. The language host leaves folders in TMPDIR.
pulumi() {
  mkdir -p "$DEMO/tmp"
  TMPDIR=$DEMO/tmp command pulumi "$@" 9>&-
}

# The engine writes a stack's configuration beside Pulumi.yaml, so what needs no program runs beside a copy.
in_workspace() { pulumi --cwd "$workspace" --stack "$stack" "$@"; }

with_program() { pulumi --stack "$stack" "$@" --config-file "$workspace/Pulumi.$stack.yaml"; }

prepare_workspace() {
  (umask 077 && mkdir -p "$workspace" && { [ -s "$PULUMI_CONFIG_PASSPHRASE_FILE" ] ||
    head -c 24 /dev/urandom | base64 >"$PULUMI_CONFIG_PASSPHRASE_FILE"; })
  cp "$root/Pulumi.yaml" "$workspace/"
}

configure() {
  pulumi --cwd "$workspace" stack select "$stack" --create --secrets-provider passphrase
  forget_dead_run
  in_workspace config set host "$address"
  in_workspace config set user "$user"
  in_workspace config set hostKey "$host_key"
  in_workspace config set --secret privateKey <"$key"
}

# Only one demo runs at a time, so that a lock left in the state is of a run that was killed. What that run was about to
# create is created again: a transaction on the Pi bears that.
forget_dead_run() {
  [ -n "$(find "$DEMO/.pulumi/locks" -path "*/$stack/*" -type f 2>/dev/null)" ] || return 0
  say "an earlier run was killed: clearing up after it"
  in_workspace cancel --yes
  with_program refresh --yes --skip-preview --clear-pending-creates >/dev/null
}

prove() {
  in_workspace stack output --json --show-secrets | node --import tsx test/support/proof/main.ts "$address"
}

# Names of all stacks, one a line.
stacks() {
  local file
  for file in "$workspace"/Pulumi.*.yaml; do
    [ -e "$file" ] || continue
    file=${file##*/Pulumi.}
    echo "${file%.yaml}"
  done
}

remove_stack() {
  forget_dead_run
  if on_lab && ! lab_has_host; then
    say "$stack: its Pi is gone already"
    in_workspace stack rm --yes --force
    return
  fi
  if on_lab; then test/lab/lab up "$(lab_host)" >/dev/null; fi
  with_program destroy --yes --skip-preview
  in_workspace stack rm --yes
}
