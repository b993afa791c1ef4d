# arxctl: `make demo` shows the main job, `make test` tests all of it; both install what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOFLAGS_LD := -ldflags "-X main.version=$(VERSION)"
OUT ?= demo

# Packages with goroutines and few processes: make test has the race detector for them, soak for those that bring up stacks.
# The rest has one goroutine: there it would only cost minutes of compiling.
RACES := internal/(checks|stack|poc/(api|postgres|redis)|questionnaire/match)$$
# Those that take longest begin first, so that what waits (for budgets, for processes) does so beside what computes.
LONG := ./internal/selftest ./cmd/arxctl ./internal/checks/ratelimit ./internal/checks/bootkey ./internal/checks/auditlog

.PHONY: help
help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/arxctl
	go build $(GOFLAGS_LD) -o bin/arxctl ./cmd/arxctl

.PHONY: deps
deps: ## Install PostgreSQL and Redis where they are missing
	@scripts/deps.sh

.PHONY: demo
demo: deps build ## Boot the reference stack, run every check, render every answer into demo/
	bin/arxctl demo --out $(OUT)

.PHONY: test
test: deps ## Test all of it in a few minutes, on real stacks; the race detector where goroutines are and processes are few
	go vet ./...
	go test -vet=off -race -short -count=1 -timeout 10m $$(go list ./... | grep -E '$(RACES)')
	go test -vet=off -short -count=1 -p 4 -timeout 15m $(LONG) $$(go list ./... | grep -vE '$(RACES)')

.PHONY: lint
lint: build ## gofmt, vet, staticcheck, and the lint of controls and questionnaires
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "gofmt differs: run gofmt -w ."; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	bin/arxctl controls lint

.PHONY: bench
bench: deps ## Measure against the floors, as ratios taken in one run
	go test -run '^$$' -bench . -benchtime 5x -timeout 20m ./...

.PHONY: soak
soak: ## What takes longer: races on stacks, every fault, kill -9, canaries, fuzzing (STAGES="killed fuzz" for some)
	@scripts/deps.sh soak
	scripts/soak.sh $(STAGES)

.PHONY: update
update: ## Write the goldens and generated pages anew
	go test ./cmd/arxctl ./internal/questionnaire/workbook $$(grep -rl --include='*_test.go' render/golden internal | xargs -n1 dirname | sort -u | sed 's|^|./|') -update
