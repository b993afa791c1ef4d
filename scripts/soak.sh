#!/usr/bin/env bash
# What takes longer than the tests: every fuzz target for a while, the tests of the checks three times
# over with the race detector, and the fault matrix again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${ARXCTL_FUZZ_SECONDS:-20}"

while read -r pkg; do
  for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "fuzz $pkg $target for ${seconds}s"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" "$pkg"
  done
done < <(go list ./...)

go test -race -count=3 -timeout 30m ./internal/evidence ./internal/checks/... ./internal/selftest
