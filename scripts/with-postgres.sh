#!/usr/bin/env bash
# Runs a command with a private PostgreSQL and the variables that point at it:
#
#   scripts/with-postgres.sh cargo nextest run -p nestmap-store
#
# A server that was already running is left running; one that this command started stops when its
# last user is done.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

mkdir -p "$STATE"
# Everybody who uses the server holds this lock in common.
exec 8>"$STATE/postgres.users"
flock -s 8

if ! "$ROOT/scripts/postgres.sh" env >/dev/null 2>&1; then
  touch "$STATE/postgres.ours"
fi
# Without the lock: the server would inherit it and never let go.
variables="$("$ROOT/scripts/postgres.sh" start 8>&-)"
eval "$variables"
# Nothing is left out for want of a database here.
export NESTMAP_REQUIRE_POSTGRES=1

finish() {
  if [ -e "$STATE/postgres.ours" ] && flock -n -x 8; then
    "$ROOT/scripts/postgres.sh" stop
    rm -f "$STATE/postgres.ours"
  fi
}
trap finish EXIT

"$@" 8>&-
