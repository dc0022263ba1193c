# SPDX-License-Identifier: MIT OR Apache-2.0
# The real iroh peers of tests/interop, installed below build/peers with their own registries' clients, pinned by lock files.

dumbpipe_version=0.40.1
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

# Optimised little: the compile time counts here, and one core still carries 100 MB/s and more. Both programs share what
# they have in common in one target folder, which is dropped at the end.
cargo_for_peers() {
  run env CARGO_TARGET_DIR="$peers_dir/target" CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 cargo "$@"
}

install_dumbpipe() {
  need_command cargo "a Rust toolchain (package cargo, or rustup)"
  if [[ $("$peers_dir/cargo/bin/dumbpipe" --version 2> /dev/null) == "dumbpipe $dumbpipe_version" ]]; then return; fi
  cargo_for_peers install --quiet --locked --root "$peers_dir/cargo" dumbpipe --version "$dumbpipe_version"
}

# Our own program on iroh's QUIC library: built again when its sources have changed.
install_noq_peer() {
  need_command cargo "a Rust toolchain (package cargo, or rustup)"
  local sources=tests/interop/noq_peer stamp=$peers_dir/noq/sources.sha256 sum
  sum=$(cat "$sources"/Cargo.* "$sources"/src/*.rs | sha256sum)
  if [[ -x $peers_dir/noq/noq-peer && $(cat "$stamp" 2> /dev/null) == "$sum" ]]; then return; fi
  cargo_for_peers build --quiet --release --locked --manifest-path "$sources/Cargo.toml"
  mkdir -p "$peers_dir/noq"
  cp "$peers_dir/target/release/noq-peer" "$peers_dir/noq/"
  printf '%s\n' "$sum" > "$stamp"
}

install_peers() {
  need_packages peers
  mkdir -p "$peers_dir"
  install_python_peer
  install_node_peer
  install_noq_peer
  install_dumbpipe
  rm -rf "$peers_dir/target"
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
