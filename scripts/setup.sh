#!/usr/bin/env bash
# Installs what a build, test or check needs and this machine lacks. Running it twice is harmless.
#
#   scripts/setup.sh build    Rust and a C compiler
#   scripts/setup.sh test     + cargo-nextest, Node.js and the packages of tests/peers
#   scripts/setup.sh check    + rustfmt, clippy, cargo-deny
#
# Tools go into .nestmap/tools and leave the machine alone; only Debian packages are installed
# system-wide. PostgreSQL is the business of scripts/postgres.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

TOOLS="$STATE/tools"
export PATH="$TOOLS/bin:$PATH"

rust() {
  command -v cargo >/dev/null || die "cargo is missing; install Rust with rustup (Debian's own is too old)"
  local wanted have
  wanted="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")"
  have="$(cd "$ROOT" && rustc --version | cut -d' ' -f2)"
  if [ "$(printf '%s\n' "$wanted" "${have%%-*}" | sort -V | head -n1)" != "$wanted" ]; then
    die "rustc $have is older than $wanted; run \`rustup update stable\`"
  fi
  command -v cc >/dev/null || apt_install build-essential
}

# A tool as the wheel of scripts/tools.txt, which pins version and digest, or, on a machine without
# a wheel, compiled by cargo.
cargo_tool() {
  local name="$1" version
  command -v "$name" >/dev/null && return
  if [ ! -x "$TOOLS/bin/python" ]; then
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
    python3 -m venv "$TOOLS"
  fi
  say "installing $name into .nestmap/tools"
  awk -v RS= "/-$name==/" "$ROOT/scripts/tools.txt" >"$TOOLS/$name.txt"
  "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --require-hashes -r "$TOOLS/$name.txt" >&2 && return
  version="$(sed -n 's/.*==\([0-9.]*\).*/\1/p' "$TOOLS/$name.txt" | head -n1)"
  say "no wheel for this machine: compiling $name $version"
  cargo install --quiet --locked --root "$TOOLS" --version "$version" "$name"
}

components() {
  local component
  for component in rustfmt clippy; do
    (cd "$ROOT" && cargo "${component/rustfmt/fmt}" --version) >/dev/null 2>&1 || rustup component add "$component"
  done
}

# The official clients that run against the sandbox.
peers() {
  local folder
  for folder in "$ROOT"/tests/peers/*/; do
    [ -f "$folder/package-lock.json" ] || continue
    command -v npm >/dev/null || apt_install nodejs npm
    # npm writes this file last, so an interrupted installation is repeated.
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && continue
    say "installing the packages of ${folder#"$ROOT"/}"
    (cd "$folder" && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json)
  done
}

case "${1:-}" in
  build) rust ;;
  test) rust; cargo_tool cargo-nextest; peers ;;
  check) rust; components; cargo_tool cargo-deny ;;
  *) die "usage: scripts/setup.sh build|test|check" ;;
esac
