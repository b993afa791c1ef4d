#!/usr/bin/env bash
# Runs the checks, seals the run where there is a key, and holds it against a policy. The exit code is the gate's, or the
# check's where there is no run to hold. Everything comes by environment variables, never as text in a command line:
#   ARXCTL_BIN         arxctl                            (required)
#   GATE_OUT           directory for what is written     (required)
#   GATE_CONFIG        arxctl.yaml
#   GATE_POLICY        policy; empty: the default one
#   GATE_BASELINE      an earlier run; empty: none
#   GATE_ONLY          checks, families or globs, separated by commas; empty: all
#   GATE_DOORS         doors, separated by commas; empty: all
#   GATE_ALLOW_EXEC    true: the boot door may start the application
#   GATE_KEY           private key to seal with; its passphrase is in ARXCTL_KEY_PASSPHRASE; empty: unsigned
#   GATE_PUBLIC_KEY    public key that the run must have been sealed with; empty: as the policy says
set -uo pipefail
: "${ARXCTL_BIN:?}" "${GATE_OUT:?}"
mkdir -p "$GATE_OUT" || exit 7
run="$GATE_OUT/run.json"
rm -f "$run" "$run.sigstore.json" # a run of an earlier job must not stand in for this one

check=(check --config "${GATE_CONFIG:-arxctl.yaml}" --run "$run" --output pretty)
[ -n "${GATE_ONLY:-}" ] && check+=(--only "$GATE_ONLY")
[ -n "${GATE_DOORS:-}" ] && check+=(--doors "$GATE_DOORS")
[ "${GATE_ALLOW_EXEC:-}" = true ] && check+=(--allow-exec)
[ -n "${GATE_KEY:-}" ] && check+=(--key "$GATE_KEY")
"$ARXCTL_BIN" "${check[@]}"
checked=$?
# 1, 3 and 4 are findings, and the policy rules on them; anything else means that there is no whole run.
case $checked in
  0 | 1 | 3 | 4) ;;
  *) exit "$checked" ;;
esac
[ -f "$run" ] || exit "$((checked ? checked : 7))"

gate=(gate --run "$run" --output "text" --output "json:$GATE_OUT/verdict.json" --output "junit:$GATE_OUT/junit.xml" --output "sarif:$GATE_OUT/arxctl.sarif")
[ -n "${GATE_POLICY:-}" ] && gate+=(--policy "$GATE_POLICY")
[ -n "${GATE_BASELINE:-}" ] && gate+=(--baseline "$GATE_BASELINE")
[ -n "${GATE_PUBLIC_KEY:-}" ] && gate+=(--key "$GATE_PUBLIC_KEY")
if [ "${GITHUB_ACTIONS:-}" = true ]; then
  gate+=(--output "github:$GATE_OUT/annotations.txt" --output "github-summary:$GATE_OUT/summary.md")
fi
"$ARXCTL_BIN" "${gate[@]}"
gated=$?
if [ "${GITHUB_ACTIONS:-}" = true ]; then
  [ -f "$GATE_OUT/annotations.txt" ] && cat "$GATE_OUT/annotations.txt"
  [ -f "$GATE_OUT/summary.md" ] && cat "$GATE_OUT/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$gated"
