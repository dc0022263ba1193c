# SPDX-License-Identifier: MIT OR Apache-2.0
# The real iroh peers of tests/interop, installed below build/peers with their own registries' clients, pinned by lock files.

peers_dir=build/peers

install_python_peer() {
  need_command python3 "Python 3.11 or newer (package python3)"
  local stamp=$peers_dir/venv/requirements.txt
  if cmp -s tests/interop/python/requirements.txt "$stamp"; then return; fi
  run python3 -m venv --clear "$peers_dir/venv" || die "python3 -m venv failed: install python3-venv"
  run "$peers_dir/venv/bin/python" -m pip install --quiet --require-hashes --only-binary :all: -r tests/interop/python/requirements.txt
  cp tests/interop/python/requirements.txt "$stamp"
}

install_node_peer() {
  need_command node "Node.js 20.3 or newer (package nodejs)"
  need_command npm "npm (package npm)"
  local stamp=$peers_dir/node/installed.json
  if cmp -s tests/interop/node/package-lock.json "$stamp"; then return; fi
  mkdir -p "$peers_dir/node"
  cp tests/interop/node/package.json tests/interop/node/package-lock.json "$peers_dir/node/"
  # Not `npm ci`: it insists on lock entries for the binaries of all platforms, which a registry need not have.
  run npm install --prefix "$peers_dir/node" --no-save --no-audit --no-fund --ignore-scripts
  cp tests/interop/node/package-lock.json "$stamp"
}

# All Rust programs are members of one workspace with one lock file, so that what they have in common is compiled once.
# sendme and dumbpipe are the crates as they were published, checked against the hashes that stand here.
rust_crates=(
  "dumbpipe 0.40.1 b16f099b03214cf57e094856d716f45c0abc5d9b14d7133cf00cb3f8e7328e67"
  "sendme 0.37.1 1dee2428dae3fceabe093d64f65038104a576dc77edcffac16fc530c1eeb52d9"
)
rust_programs=(blobs-peer dumbpipe noq-peer sendme)

crate_file() { find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$1-$2.crate" -print -quit 2> /dev/null || true; }

unpack_crate() {
  local name=$1 version=$2 sha256=$3 folder=$peers_dir/rust/$1 file
  # `cargo info` downloads the crate as a side effect, without building it.
  if [[ -z $(crate_file "$name" "$version") ]]; then
    run cargo info --quiet --registry crates-io "$name@$version" > /dev/null || die "cannot download $name $version"
  fi
  file=$(crate_file "$name" "$version")
  printf '%s  %s\n' "$sha256" "$file" | sha256sum --check --quiet - || die "$file is not the crate that was expected"
  mkdir -p "$folder"
  tar -xzf "$file" -C "$folder" --strip-components 1
}

rust_peers_are_installed() {
  local program
  for program in "${rust_programs[@]}"; do [[ -x $peers_dir/bin/$program ]] || return 1; done
  [[ $(cat "$peers_dir/bin/sources.sha256" 2> /dev/null) == "$1" ]]
}

install_rust_peers() {
  need_command cargo "a Rust toolchain (package cargo, or rustup)"
  local sources=tests/interop/rust sum crate program linker=()
  sum=$({ printf '%s\n' "${rust_crates[@]}"; find "$sources" -type f | LC_ALL=C sort | xargs cat; } | sha256sum)
  if rust_peers_are_installed "$sum"; then return; fi
  rm -rf "$peers_dir/rust"
  cp -r "$sources" "$peers_dir/rust"
  # shellcheck disable=SC2086  # name, version and hash are separate words
  for crate in "${rust_crates[@]}"; do unpack_crate $crate; done
  if command -v mold > /dev/null; then linker=("RUSTFLAGS=-C link-arg=-fuse-ld=mold"); fi
  run env "${linker[@]}" CARGO_TARGET_DIR="$peers_dir/target" cargo build --quiet --release --locked \
    --manifest-path "$peers_dir/rust/Cargo.toml"
  mkdir -p "$peers_dir/bin"
  for program in "${rust_programs[@]}"; do cp "$peers_dir/target/release/$program" "$peers_dir/bin/"; done
  printf '%s\n' "$sum" > "$peers_dir/bin/sources.sha256"
  rm -rf "$peers_dir/target" "$peers_dir/rust" "$peers_dir/cargo" "$peers_dir/noq"
}

install_peers() {
  need_packages peers
  mkdir -p "$peers_dir"
  install_python_peer
  install_node_peer
  install_rust_peers
}

peers_job=
start_peers() {
  mkdir -p "$peers_dir"
  note "./dev setup peers   (in the background, log in $peers_dir/setup.log)"
  setsid nice -n 5 ./dev setup peers > "$peers_dir/setup.log" 2>&1 &
  peers_job=$!
  trap 'kill -- "-$peers_job" 2> /dev/null || true' EXIT  # its own process group: nothing goes on when our build fails
}

# A peer that could not be installed is reported here; the tests that need it then fail by themselves, so that the
# runner's summary shows it.
wait_for_peers() {
  if ! wait "$peers_job"; then
    printf 'dev: the real peers could not be installed:\n' >&2
    tail -n 30 "$peers_dir/setup.log" >&2
  fi
  trap - EXIT
}
