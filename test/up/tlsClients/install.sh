#!/bin/sh
# Installs the clients' libraries and compiles what is in C. Usage, as root: install.sh PACKAGE…
set -eu
export DEBIAN_FRONTEND=noninteractive
cd "${0%/*}"
{ apt-get -qq update && apt-get -qq install -y --no-install-recommends gcc libc6-dev "$@"; } >install.log 2>&1
cc -Wall -Wextra -Werror -o mbedtls client.c mbedtls.c -lmbedtls -lmbedx509 -lmbedcrypto
cc -Wall -Wextra -Werror -o wolfssl client.c wolfssl.c -lwolfssl
cc -Wall -Wextra -Werror -o bearssl client.c bearssl.c -lbearssl
