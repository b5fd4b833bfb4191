#!/bin/sh
# Plays the official installer: sh installer.sh --version V --install-root FOLDER --no-edit-path
echo "installer $*" >>"${FAKE_LOG:?}"
mkdir -p "$4/bin"
cp "$(dirname "$FAKE_DOWNLOAD")/pulumi.sh" "$4/bin/pulumi"
cp "$4/bin/pulumi" "$4/bin/pulumi-language-nodejs"
