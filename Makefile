# Everything a developer does here. Each target sets up what it needs; twice is harmless.
#
#   make run      serve on port 3000 with a SQLite file and the supplier sandbox
#   make test     every test, with a private PostgreSQL
#   make check    formatting, lints, licences, documentation
#   make bench    benchmarks against named baselines, with a private PostgreSQL
#   make tables   write nestmap-core/data anew from its packages (needs PyPI and npm)
#   make clean    stop and delete the private PostgreSQL, the tools and the SQLite file

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check bench tables clean

export PATH := $(CURDIR)/.nestmap/tools/bin:$(PATH)

PORT ?= 3000
DATABASE_URL ?= sqlite:$(CURDIR)/.nestmap/nestmap.sqlite

help:
	@sed -n 's/^#   //p' Makefile

# The development profile: dependencies are optimized in it anyway, and it shares its build with
# the tests, so the first start takes half as long.
run:
	@scripts/setup.sh build
	@mkdir -p .nestmap
	PORT='$(PORT)' DATABASE_URL='$(DATABASE_URL)' cargo run --quiet --locked -p nestmap-http --bin nestmap -- serve

# Every schedule of up to three faults, and the examples in documentation, come first, so that the
# run ends with the counts of the tests.
test:
	@scripts/setup.sh test
	NESTMAP_FAULTS=3 cargo nextest run --locked -p nestmap-core --features testing --cargo-profile explore --test faults --profile ci
	cargo test --quiet --locked --workspace --all-features --doc
	NESTMAP_REQUIRE_PEERS=1 scripts/with-postgres.sh cargo nextest run --locked --workspace --all-features --profile ci -E 'not binary(faults)'

check:
	@scripts/setup.sh check
	cargo fmt --all --check
	cargo fmt --manifest-path benches/Cargo.toml --check
	cargo clippy --quiet --locked --workspace --all-targets --all-features -- -D warnings
	cargo deny --log-level error --locked check licenses bans sources
	RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --workspace --all-features --no-deps
	scripts/check-core.sh
	for script in scripts/*.sh .ci/run; do bash -n "$$script"; done

# A workspace of its own, built optimized into a folder of its own. `make bench WHICH=policy` runs
# a part; see docs/performance.md.
WHICH ?=
bench:
	@scripts/setup.sh build
	cargo build --quiet --release --locked --manifest-path benches/Cargo.toml --target-dir benches/target
	scripts/with-postgres.sh benches/target/release/nestmap-benches $(WHICH)

tables:
	scripts/generate-tables.py

clean:
	scripts/postgres.sh drop
	rm -rf .nestmap
