# Everything a person does here. CI calls only these targets, so none of them rots.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Go asks git about the revision of what it builds, which fails in a checkout that somebody else owns; LDFLAGS carry it instead.
export GOFLAGS := $(strip $(GOFLAGS) -buildvcs=false)
# Nothing here needs a C compiler, except the race detector.
export CGO_ENABLED := 0

# Without a usable home directory Go has no place for its caches: keep them here.
ifneq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo yes),yes)
GOPATH ?= $(CURDIR)/.cache/go
XDG_CACHE_HOME ?= $(CURDIR)/.cache
GOFLAGS += -modcacherw
export GOPATH XDG_CACHE_HOME
endif

PKG := github.com/zoop-dev/zoop/internal/version
VERSION := $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null)
DATE := $(shell git log -1 --format=%cI 2>/dev/null)
LDFLAGS := -s -w -X $(PKG).Version=$(VERSION) -X $(PKG).Commit=$(COMMIT) -X $(PKG).Date=$(DATE)

# Flags for `zoop up`, and for `go test`: make up ARGS="--http 127.0.0.1:5000", make test TESTFLAGS="-run Cart"
ARGS ?=
TESTFLAGS ?=

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: deps build ## Install what is missing, build, and run a marketplace with simulated orders
	@bin/zoop up --simulate $(ARGS)

.PHONY: test
test: go deps-test ## Install what is missing, and run all tests
	go vet ./...
	go test -p 2 -timeout 10m $(TESTFLAGS) ./...

.PHONY: test-race
test-race: go deps-test ## All tests under the race detector (needs a C compiler)
	@command -v $${CC:-cc} >/dev/null || { echo "the race detector needs a C compiler (gcc or clang)" >&2; exit 1; }
	CGO_ENABLED=1 go test -race -p 2 -timeout 10m $(TESTFLAGS) ./...

.PHONY: lint
lint: go ## Look for mistakes with golangci-lint
	go tool -modfile=tools/lint/go.mod golangci-lint run --allow-parallel-runners

.PHONY: generate
generate: go ## Make sqlc's queries, the API's models, the console's pictures, and the pages drawn from the import law and the route table
	scripts/generate.sh

.PHONY: verify
verify: go ## Fail when generated files, formatting or go.mod are out of date
	scripts/verify.sh

.PHONY: graph
graph: go ## Draw docs/architecture.svg from the import law
	go run ./internal/archtest/graph

.PHONY: e2e
e2e: go deps-test ## Whole-binary stories only
	go test -count=1 -timeout 5m $(TESTFLAGS) ./e2e/...

.PHONY: trust
trust: go deps-test ## What zoop promises (docs/trust.md), in full, one line after the other; make test runs a short form
	ZOOP_TRUST=full go test -count=1 -p 1 -parallel 1 -timeout 90m -run '^TestLine' $(TESTFLAGS) ./...

.PHONY: golden
golden: go ## Write the console's golden frames anew; look at the difference before committing it
	go test -count=1 ./internal/tui -update

.PHONY: shots
shots: go ## Draw the pictures of the console in docs/console anew (make generate does, too)
	go test -count=1 ./internal/tui -run '^TestShots' -update

.PHONY: bench
bench: go deps ## Compare zoop with what the machine can do, into bench/RESULTS.md: make bench ARGS="-run menu"
	go run ./bench $(or $(ARGS),-out bench/RESULTS.md)

.PHONY: bench-go
bench-go: go deps ## The benchmarks of single packages
	go test -run '^$$' -bench . -benchmem -p 1 -timeout 10m ./...

.PHONY: snapshot
snapshot: go ## Build release archives of the working tree into dist/
	go tool -modfile=tools/release/go.mod goreleaser check
	go tool -modfile=tools/release/go.mod goreleaser release --snapshot --clean

.PHONY: build
build: go ## Build bin/zoop
	go build -trimpath -ldflags "$(LDFLAGS)" -o bin/zoop ./cmd/zoop

.PHONY: deps
deps: ## Install the PostgreSQL and Redis binaries if they are missing
	@scripts/deps.sh

.PHONY: deps-test
deps-test: ## Also what only tests need: PgBouncer, and tmux, in which they run the console
	@scripts/deps.sh test

.PHONY: go
go:
	@scripts/check-go.sh
