# shellcheck shell=bash
# A disk that forgets at a power cut what was never synced to it, as a card does: an ext4 of the host's own in a file, under its overlay.
# Killing processes alone keeps their unsynced writes: they are in this machine's memory.

disk_file() { printf '%s/disk.img\n' "$(host_dir "$1")"; }

# disk_create NAME SUITE: takes over what host_create has put into the overlay's upper folder. The file is sparse.
disk_create() {
  local name=$1 suite=$2 dir settings=etc/dpkg/dpkg.cfg.d/lab
  dir=$(host_dir "$name")
  # The image's dpkg does not sync; here it does what it does on a Pi.
  mkdir -p "$dir/upper/${settings%/*}"
  sed '/^force-unsafe-io$/d' "$(image_path "$suite")/$settings" >"$dir/upper/$settings"
  mkdir -p "$dir/layers" "$dir/disk"
  mv "$dir/upper" "$dir/work" "$dir/layers/"
  truncate -s 4G "$(disk_file "$name")"
  mkfs.ext4 -q -F -J size=32 -d "$dir/layers" "$(disk_file "$name")" || die "could not make a disk for $name."
  rm -rf "$dir/layers"
}

# What the ext4 keeps of its unsynced writes: none of them ("lost"), or names and lengths but not the contents ("torn"), as when the
# journal's own commit came just before the cut. It takes no write any more after this.
disk_fail() {
  local name=$1 flags device
  case $2 in
    torn) flags=1 ;;
    lost) flags=2 ;;
    *) die "unsynced writes are kept, lost or torn, not \"$2\"." ;;
  esac
  [[ -f $(disk_file "$name") ]] || die "$name has no disk of its own; make it with \"lab up $name --disk\"."
  device=$(losetup --noheadings --output NAME --associated "$(disk_file "$name")")
  # The same file system a second time: its mount in the host's namespace is out of reach here.
  mount "$device" "$(host_dir "$name")/disk"
  # EXT4_IOC_SHUTDOWN
  perl -e 'open my $folder, "<", $ARGV[0] or die; my $flags = pack "L", $ARGV[1]; ioctl $folder, 0x8004587D, $flags or die "$!\n"' \
    "$(host_dir "$name")/disk" "$flags" || die "this kernel cannot shut an ext4 down."
  umount "$(host_dir "$name")/disk"
}
