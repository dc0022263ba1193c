# SPDX-License-Identifier: MIT OR Apache-2.0
# Small helpers of dev: say what is run, and stop with a clear message.

note() { printf '+ %s\n' "$*" >&2; }

run() {
  local words
  printf -v words '%q ' "$@"
  note "${words% }"
  "$@"
}

die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

need_command() { # NAME WHAT-TO-INSTALL
  command -v "$1" > /dev/null || die "'$1' is missing: install $2"
}

cxx_sources() {
  find src include tools tests fuzz bench examples -name target -prune -o \( -name '*.hpp' -o -name '*.cpp' \) -print0
}

# Many tests wait for peers or timers; those that need the cores say so with the property PROCESSORS.
jobs_for_tests() { echo $(($(nproc) * 2)); }
