#!/usr/bin/env bash
# What takes longer than the tests: all of them in full with the race detector, then every fuzz target
# for a while. ARXCTL_FUZZ_SECONDS says how long each.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${ARXCTL_FUZZ_SECONDS:-20}"

go test -race -count=1 -timeout 60m ./...

while read -r pkg; do
  for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "fuzz $pkg $target for ${seconds}s"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" "$pkg"
  done
done < <(go list ./...)
