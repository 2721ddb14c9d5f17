# Shared by the scripts of this folder: where things are, and how to install a Debian package.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
STATE="$ROOT/.nestmap"

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Runs a command as root: as it is, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "\`$*\` needs root; run it yourself and try again"
  fi
}

# Installs Debian packages; the caller has found that something is missing.
apt_install() {
  command -v apt-get >/dev/null || die "please install $* (this script knows Debian's apt-get only)"
  say "installing $* with apt-get"
  as_root apt-get update -qq >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
