#!/usr/bin/env bash
# What takes longer than the tests, in stages: all of them, or those named as arguments.
#   race     the packages that bring up stacks, with the race detector (make test has it for all others)
#   full     what make test only samples: every fault in the matrix (make test plants one for each outcome of each check),
#            every foreign schema, spelling, case of a family and Reproduce line, and the gate on a stack
#   killed   kill -9 at 50 random points; ARXCTL_KILL_SEED repeats a row of them
#   secrets  canaries in every door, row and variable, looked for in all that is written (make test looks in what the fault matrix stores)
#   fuzz     every fuzz target for ARXCTL_FUZZ_SECONDS (5)
# One line a stage says how long it took. The first that fails ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${ARXCTL_FUZZ_SECONDS:-5}"
stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(race full killed secrets fuzz)

stacks() { go list ./... | grep -E 'cmd/arxctl$|checks/(auditlog|bootkey|ratelimit|tenancy)$|internal/poc$|selftest$' | grep -vE "${1:-^$}"; }

# The matrix and what runs arxctl itself have few goroutines of ours to race: the run of all checks has.
race() {
  go test -race -short -count=1 -p 2 -timeout 20m $(stacks 'selftest$|cmd/arxctl$|ratelimit$')
  # By itself: it sends requests faster than budgets come back, which beside what computes it cannot.
  go test -race -short -count=1 -timeout 20m ./internal/checks/ratelimit
  go test -race -short -count=1 -timeout 10m -run 'Healthy|Interrupted|WhatARunLeaves|Residue|Dead|Empty' ./internal/selftest
}

# gotestsum ends with every test that was skipped and what it missed, which go test keeps to itself.
full() {
  go run gotest.tools/gotestsum@v1.13.0 --format pkgname -- -count=1 -p 2 -timeout 30m -skip 'TestKilledAtAnyPoint|TestSecretsNeverLeave' ./...
}

killed() { go test -count=1 -v -timeout 20m -run '^TestKilledAtAnyPoint$' ./internal/selftest | grep -vE '^=== '; }

secrets() { go test -count=1 -v -timeout 10m -run '^TestSecretsNeverLeave$|^TestTheSearchFinds$' ./internal/selftest | grep -vE '^=== '; }

# Go's fuzzer at times takes the end of its own time for an error, on a busy machine ("context deadline exceeded", and no
# input that failed): then it is asked again. An input that fails is written down, and is never asked about twice.
fuzz_one() {
  local said
  for _ in 1 2 3; do
    if said=$(go test -run '^$' -fuzz "^$2\$" -fuzztime "${seconds}s" "$1" 2>&1); then
      grep -vE '^fuzz: elapsed|^PASS$' <<<"$said"
      return 0
    fi
    if ! grep -q 'context deadline exceeded' <<<"$said" || grep -q 'Failing input' <<<"$said"; then break; fi
  done
  echo "$said"
  return 1
}

# Only packages with a target are built: a line that begins with "func Fuzz" is one.
fuzz() {
  local dir target
  while read -r dir; do
    while read -r target; do
      echo "fuzz $dir $target for ${seconds}s"
      fuzz_one "$dir" "$target" || return 1
    done < <(grep -ohE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/^func //' | sort -u)
  done < <(grep -lrE '^func Fuzz' --include='*_test.go' cmd internal | xargs -n1 dirname | sort -u | sed 's|^|./|')
}

begun=$SECONDS
for stage in "${stages[@]}"; do
  case "$stage" in race | full | killed | secrets | fuzz) ;; *) echo "soak: no stage is called $stage; expected race, full, killed, secrets or fuzz" >&2; exit 2 ;; esac
done
for stage in "${stages[@]}"; do
  at=$SECONDS
  # Run on its own, not in a condition, where set -e would not end it.
  "$stage"
  printf 'soak: %-8s %d s\n' "$stage" $((SECONDS - at))
done
printf 'soak: all of it %d s\n' $((SECONDS - begun))
