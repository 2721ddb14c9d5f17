#!/usr/bin/env bash
# A private PostgreSQL for tests and benchmarks: its own data folder, its own port on 127.0.0.1,
# its own passwords. It touches no other PostgreSQL of the machine.
#
#   scripts/postgres.sh start   install what is missing, start, print the variables tests read
#   scripts/postgres.sh env     the same variables of a running server, as `export` lines
#   scripts/postgres.sh url     the URL of nm_owner
#   scripts/postgres.sh stop    stop; the data stays
#   scripts/postgres.sh drop    stop and delete the data
#
# Roles: nm_owner owns the database `nestmap`, runs migrations and may create databases; nm_app is
# what the server connects as (owns nothing, row-level security applies); nm_worker, which nm_app
# becomes when it says so, finds due work across organizations; postgres is the superuser, for the
# test that such a role is refused.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

OLDEST_VERSION=15
KEY="$(printf %s "$ROOT" | sha256sum | cut -c1-16)"
# One folder per checkout, for checkouts whose folders the database's user can't enter.
FAR_PREFIX=/var/tmp/nestmap-postgres-

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  as_server() { (cd / && runuser -u postgres -- "$@"); }
else
  as_server() { (cd / && "$@"); }
fi

find_programs() {
  local folder
  folder="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n1)"
  if [ -x "$folder/initdb" ]; then
    BIN="$folder"
  elif command -v initdb >/dev/null; then
    BIN="$(dirname "$(command -v initdb)")"
  else
    return 1
  fi
}

install_programs() {
  find_programs && return
  # Debian's package would create and start a server of its own on port 5432.
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/nestmap.conf >/dev/null
  apt_install postgresql
  find_programs || die "PostgreSQL was installed, but its programs are not where Debian puts them"
}

major_version() { "$BIN/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'; }

check_version() {
  local version
  version="$(major_version)"
  [ "$version" -ge "$OLDEST_VERSION" ] || die "PostgreSQL $version is too old, $OLDEST_VERSION or newer is needed"
}

# Sets HOME_DIR: data, log, port and passwords of this checkout's server.
choose_home() {
  HOME_DIR="$STATE/postgres"
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$HOME_DIR"
    as_server test -x "$HOME_DIR" 2>/dev/null || HOME_DIR="$FAR_PREFIX$KEY"
  fi
  DATA="$HOME_DIR/data"
}

# Asks the server itself: a process id in a file proves nothing after a kill.
running() { [ -s "$HOME_DIR/port" ] && "$BIN/pg_isready" -q -h 127.0.0.1 -p "$(cat "$HOME_DIR/port")"; }

stop_server() { as_server "$BIN/pg_ctl" -D "$DATA" -m fast -w stop >/dev/null 2>&1; }

# What a killed server leaves behind: children that end by themselves, and a lock file with the id
# of a process that may linger unreaped, which the next server would respect.
clear_killed_server() {
  [ -e "$DATA/postmaster.pid" ] || return 0
  as_server "$BIN/pg_ctl" -D "$DATA" -m immediate -w -t 10 stop >/dev/null 2>&1 || true
  as_server rm -f "$DATA/postmaster.pid"
}

# Servers and data of checkouts that were deleted.
clean_leftovers() {
  local folder
  for folder in "$FAR_PREFIX"*/; do
    [ -O "$folder" ] || [ "$(id -u)" = 0 ] || continue
    [ -f "$folder/checkout" ] && [ ! -d "$(cat "$folder/checkout")" ] || continue
    say "removing the database of a deleted checkout, $folder"
    as_server "$BIN/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
  done
}

secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

initialize() {
  say "creating a private PostgreSQL in $HOME_DIR"
  rm -rf "$HOME_DIR"
  mkdir -p "$HOME_DIR"
  chmod 755 "$HOME_DIR"
  printf '%s\n' "$ROOT" >"$HOME_DIR/checkout"
  # Words of the URL-safe alphabet, so that they can stand in a URL.
  (umask 077 && printf 'superuser=%s\nowner=%s\napp=%s\n' "$(secret)" "$(secret)" "$(secret)" >"$HOME_DIR/passwords")
  . "$HOME_DIR/passwords"
  # Shared with the user the server runs as, for as long as initdb reads it.
  (umask 077 && printf '%s\n' "$superuser" >"$HOME_DIR/initdb.password")
  mkdir "$DATA"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$HOME_DIR"; fi
  chmod 700 "$DATA"
  as_server "$BIN/initdb" -D "$DATA" -U postgres --auth=scram-sha-256 \
    --pwfile="$HOME_DIR/initdb.password" --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  rm -f "$HOME_DIR/initdb.password"
  # fsync stays on: the crash tests rely on what was committed.
  as_server tee -a "$DATA/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
fsync = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
CONF
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null && return
  # Without Python: a number above the range that outgoing connections use.
  echo $((61000 + RANDOM % 4000))
}

# Starts on a free port; another program may take the port in between, so it tries a few.
start_server() {
  local port
  for _ in 1 2 3 4 5; do
    port="$(free_port)"
    if as_server "$BIN/pg_ctl" -D "$DATA" -l "$HOME_DIR/log" -w -t 60 -o "-p $port" start >/dev/null 2>&1; then
      printf '%s\n' "$port" >"$HOME_DIR/port"
      return 0
    fi
  done
  return 1
}

as_superuser() {
  PGPASSWORD="$superuser" "$BIN/psql" -h 127.0.0.1 -p "$(cat "$HOME_DIR/port")" -U postgres -X -q -v ON_ERROR_STOP=1 "$@"
}

# Roles and database, made or brought to what this script says.
ensure_roles() {
  . "$HOME_DIR/passwords"
  as_superuser -v owner="$owner" -v app="$app" -d postgres <<'SQL'
select format('create role %I', name)
  from unnest(array['nm_owner', 'nm_app', 'nm_worker']) as wanted(name)
 where not exists (select from pg_roles where rolname = name) \gexec
alter role nm_owner login createdb nosuperuser nobypassrls nocreaterole password :'owner';
alter role nm_app login noinherit nocreatedb nosuperuser nobypassrls nocreaterole password :'app';
alter role nm_worker nologin nocreatedb nosuperuser nobypassrls nocreaterole;
select 'grant nm_worker to nm_app' where not pg_has_role('nm_app', 'nm_worker', 'member') \gexec
select 'create database nestmap owner nm_owner'
 where not exists (select from pg_database where datname = 'nestmap') \gexec
SQL
}

url() { # role, password
  printf 'postgres://%s:%s@127.0.0.1:%s/nestmap' "$1" "$2" "$(cat "$HOME_DIR/port")"
}

print_env() {
  . "$HOME_DIR/passwords"
  printf 'export NESTMAP_TEST_POSTGRES=%s\n' "$(url nm_owner "$owner")"
  printf 'export NESTMAP_TEST_POSTGRES_APP=%s\n' "$(url nm_app "$app")"
  printf 'export NESTMAP_TEST_POSTGRES_SUPERUSER=%s\n' "$(url postgres "$superuser")"
}

start() {
  install_programs
  check_version
  choose_home
  mkdir -p "$STATE"
  # Two commands that start at the same moment wait for each other.
  exec 9>"$STATE/postgres.lock"
  flock 9
  clean_leftovers
  if ! running; then
    clear_killed_server
    # Data of another major version, or left half made, is worth nothing here.
    local version
    version="$(major_version)"
    if [ "$(as_server cat "$DATA/PG_VERSION" 2>/dev/null)" != "$version" ] || [ ! -s "$HOME_DIR/passwords" ]; then
      initialize
    fi
    if ! start_server 9>&-; then
      say "the server did not start with its old data; starting afresh"
      initialize
      start_server 9>&- || { tail -n 20 "$HOME_DIR/log" >&2; die "PostgreSQL did not start"; }
    fi
  fi
  ensure_roles
  exec 9>&-
}

with_running() {
  find_programs || die "PostgreSQL is not installed; run \`scripts/postgres.sh start\`"
  choose_home
  running || die "PostgreSQL is not running; run \`scripts/postgres.sh start\`"
}

case "${1:-}" in
  start) start; print_env ;;
  env) with_running; print_env ;;
  url) with_running; . "$HOME_DIR/passwords"; url nm_owner "$owner"; echo ;;
  stop)
    find_programs || exit 0
    choose_home
    stop_server || true
    ;;
  drop)
    find_programs || exit 0
    choose_home
    stop_server || true
    rm -rf "$HOME_DIR"
    ;;
  *) die "usage: scripts/postgres.sh start|env|url|stop|drop" ;;
esac
