#!/bin/sh
# Publishes a package in an archive on this host, which its apt then knows. Usage: archive.sh LABEL NAME VERSION [POSTINST]
set -eu
label=$1 name=$2 version=$3 postinst=${4-}
archive=/srv/archive/$label
mkdir -p "$archive"
work=$(mktemp -d)
mkdir "$work/DEBIAN"
printf '%s\n' "Package: $name" "Version: $version" 'Architecture: all' 'Maintainer: lab' 'Description: nothing' >"$work/DEBIAN/control"
[ -z "$postinst" ] || printf '#!/bin/sh\n%s\n' "$postinst" >"$work/DEBIAN/postinst"
chmod -R 0755 "$work"
dpkg-deb --build "$work" "$archive/${name}_$version.deb" >/dev/null
rm -r "$work"
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
cd "$archive"
for deb in ./*.deb; do
  dpkg-deb --field "$deb"
  echo "Filename: $deb"
  echo "Size: $(stat -c %s "$deb")"
  echo "SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
  echo
done >Packages
{
  printf '%s\n' 'Origin: Debian' "Label: $label" 'Version: 12' 'Suite: lab' "Codename: $codename" "Date: $(LC_ALL=C date -u -R)" 'SHA256:'
  echo " $(sha256sum Packages | cut -d ' ' -f 1) $(stat -c %s Packages) Packages"
} >Release
echo "deb [trusted=yes] file:$archive ./" >"/etc/apt/sources.list.d/$label.list"
apt-get -qq update
