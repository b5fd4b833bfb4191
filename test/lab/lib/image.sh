# shellcheck shell=bash
# Base images: one directory a suite, named after the recipe it was built by, so that a changed recipe builds a new one.

valid_suite() {
  [[ $1 == bookworm || $1 == trixie ]] || die "unknown suite \"$1\": expected bookworm or trixie."
}

image_path() {
  printf '%s/%s-%.12s\n' "$IMAGES" "$1" "$(cat "$LAB_DIR"/image/* | sha256sum)"
}

image_ready() { [[ -d $(image_path "$1") ]]; }

image_build() {
  local begun=$SECONDS
  say "lab: building image $1 (about half a minute, once)"
  "$LAB_DIR/image/build.sh" "$1" "$(image_path "$1")" >&2 ||
    die "could not build image $1: see the message above; \"$LAB_DIR/setup.sh $1\" starts over."
  say "lab: image $1 is ready after $((SECONDS - begun)) s, $(du -sm "$(image_path "$1")" | cut -f1) MB"
}

# Images of older recipes go once no host stands on them.
images_prune() {
  local image
  for image in "$IMAGES"/*; do
    [[ -d $image && $image != *.partial ]] || continue
    [[ $image == "$(image_path bookworm)" || $image == "$(image_path trixie)" ]] && continue
    grep -qsF "\"image\": \"$image\"" "$RUN"/*/*/host.json || rm -rf "$image"
  done
}
