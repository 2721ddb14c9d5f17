#!/usr/bin/env bash
# What clippy can't say about nestmap-core. It decides and does nothing else: no runtime, database,
# network, clock or randomness may be among its dependencies, with or without its features; it
# counts in integers and decimals, never in floats; and only its ports and flows are async.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

forbidden='tokio|async-std|smol|sqlx.*|rusqlite|postgres|reqwest|hyper|axum|tower-http|rand|rand_core|getrandom|chrono|time|tracing|log'
found="$(cargo tree --locked --quiet -p nestmap-core --all-features -e normal --prefix none --format '{p}' |
  cut -d' ' -f1 | sort -u | grep -Ex "$forbidden" || true)"
[ -z "$found" ] || die "nestmap-core must not depend on: $(printf '%s ' $found)"

# The policy reader takes a float from serde only to refuse it with the path it stands at, and
# serde's trait makes the writer of canonical bytes name them.
floats="$(grep -rnE '^[^/]*(\bf(32|64)\b|[0-9]\.[0-9]+_?f(32|64))' nestmap-core/src --include='*.rs' |
  grep -vE 'fn visit_f64|serialize_f(32|64)' || true)"
[ -z "$floats" ] || die "nestmap-core must not use floats:
$floats"

# Only ports, flows and what runs them wait for anything.
waiting="$(grep -rnE '^[^/]*(\basync (fn|move)\b|\basync \{|\.await\b)' nestmap-core/src --include='*.rs' |
  grep -vE '^nestmap-core/src/(port|flow|testing|memory)(/|\.rs:)|^nestmap-core/src/nestmap\.rs:' || true)"
[ -z "$waiting" ] || die "in nestmap-core only port, flow, testing, memory and nestmap.rs may be async:
$waiting"
