#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs the example's two sides: file_drop.sh PROGRAM.
set -e
folder=$(mktemp -d)
head -c 3000000 /dev/urandom > "$folder/sent"
"$1" "$folder/sent" > "$folder/ticket" &
server=$!
trap 'kill $server; rm -r "$folder"' EXIT
for i in $(seq 100); do [ -s "$folder/ticket" ] && break; sleep 0.1; done
"$1" "$(cat "$folder/ticket")" "$folder/received"
cmp "$folder/sent" "$folder/received"
echo "the same"
