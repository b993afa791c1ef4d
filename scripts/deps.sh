#!/usr/bin/env bash
# Finds PostgreSQL's server and redis-server, and installs what is missing with this
# platform's own package manager. Says what it does; does nothing when all is there.
# With the argument soak also LibreOffice, which opens what was written into workbooks.
set -euo pipefail

have_postgres() {
  [ -n "${ARXCTL_PG_BIN:-}" ] && [ -x "$ARXCTL_PG_BIN/initdb" ] && return 0
  command -v initdb >/dev/null && command -v postgres >/dev/null && return 0
  local d
  for d in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /Applications/Postgres.app/Contents/Versions/*/bin; do
    [ -x "$d/initdb" ] && [ -x "$d/postgres" ] && return 0
  done
  return 1
}

have_redis() { command -v redis-server >/dev/null; }
have_pdftotext() { command -v pdftotext >/dev/null; }
have_office() { command -v soffice >/dev/null; }

missing=()
have_postgres || missing+=(postgresql)
have_redis || missing+=(redis)
have_pdftotext || missing+=(poppler)

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

install() {
  if command -v apt-get >/dev/null; then
    local names=()
    for m in "${missing[@]}"; do
      case "$m" in postgresql) names+=(postgresql) ;; redis) names+=(redis-server) ;; poppler) names+=(poppler-utils) ;; office) names+=(libreoffice-calc) ;; esac
    done
    echo "installing with apt-get: ${names[*]}" >&2
    "${as_root[@]}" apt-get update -qq
    # The packages' own services are not wanted: arxctl starts throwaway servers of its own.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${names[@]}" >&2
  elif command -v brew >/dev/null; then
    local names=()
    for m in "${missing[@]}"; do
      case "$m" in postgresql) names+=(postgresql@17) ;; *) names+=("$m") ;; esac
    done
    echo "installing with brew: ${names[*]}" >&2
    brew install "${names[@]}" >&2
  elif command -v dnf >/dev/null; then
    local names=()
    for m in "${missing[@]}"; do
      case "$m" in postgresql) names+=(postgresql-server) ;; poppler) names+=(poppler-utils) ;; office) names+=(libreoffice-calc) ;; *) names+=("$m") ;; esac
    done
    echo "installing with dnf: ${names[*]}" >&2
    "${as_root[@]}" dnf install -y -q "${names[@]}" >&2
  else
    echo "missing: ${missing[*]}; install PostgreSQL's server (initdb, postgres), redis-server and poppler-utils, then run this again" >&2
    return 1
  fi
}

if [ ${#missing[@]} -gt 0 ] && ! install; then
  # Redis has an embedded stand-in and pdftotext only serves tests; PostgreSQL is needed.
  have_postgres || { echo "PostgreSQL's server could not be installed: install it by hand, or set ARXCTL_PG_BIN to the directory with initdb and postgres" >&2; exit 1; }
fi
have_postgres || { echo "PostgreSQL's server is still missing after the installation" >&2; exit 1; }

if [ "${1:-}" = soak ] && ! have_office; then
  missing=(office)
  if ! command -v apt-get >/dev/null && command -v brew >/dev/null || ! install; then # Homebrew has it as a program for the desktop only
    echo "LibreOffice is not here: nobody but arxctl itself will open what it writes into workbooks; the tests that wanted to are listed as skipped" >&2
  fi
fi
