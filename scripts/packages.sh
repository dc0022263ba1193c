# SPDX-License-Identifier: MIT OR Apache-2.0
# Debian packages by purpose. need_packages installs only what is missing, and asks apt for its lists only then.

packages_build=(
  cmake ninja-build g++ ccache mold pkg-config
  libboost1.81-dev libboost-url1.81-dev libboost-json1.81-dev
  libgnutls28-dev nettle-dev libssl-dev libsodium-dev
  libfmt-dev libcli11-dev libsqlite3-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  python3
)
if [[ $(dpkg --print-architecture 2> /dev/null) == amd64 ]]; then packages_build+=(libipsec-mb-dev); fi
packages_clang=(clang-19 libclang-rt-19-dev clang-tidy-19 clang-format-19)
packages_peers=(python3-venv)

is_installed() { [[ $(dpkg-query -W -f='${Status}' "$1" 2> /dev/null) == 'install ok installed' ]]; }

need_packages() { # PURPOSE...
  local purpose package missing=()
  for purpose; do
    local -n wanted="packages_$purpose"
    for package in "${wanted[@]}"; do
      is_installed "$package" || missing+=("$package")
    done
  done
  ((${#missing[@]})) || return 0
  command -v apt-get > /dev/null || die "no apt-get here; install the equivalents of: ${missing[*]}"
  local root=()
  if ((EUID != 0)); then
    need_command sudo "these packages as root: ${missing[*]}"
    root=(sudo)
  fi
  run "${root[@]}" apt-get update -q >&2
  run "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}
