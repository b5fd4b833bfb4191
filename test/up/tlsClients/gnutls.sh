#!/bin/bash
# As client.c, by GnuTLS. It hangs up at the end of its input, so that comes after the answer.
coproc gnutls-cli --logfile=/dev/stderr --port="$4" --verify-hostname="$2" --x509cafile="$1" \
  ${5:+--x509certfile="$5" --x509keyfile="$6"} "$3"
exec {answer}<&"${COPROC[0]}" {question}>&"${COPROC[1]}"
cat >&"$question"
head -c 16 <&"$answer"
