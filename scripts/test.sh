#!/usr/bin/env bash
# `make test`: style, types, import contract, then the tests. With --all also the long training runs.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
all=""; [ "${1:-}" = "--all" ] && all=1
step() { printf '\n== %s\n' "$1"; }

step "style, types and import contract"
$bin/ruff check -q .
$bin/ruff format --check -q .
$bin/mypy --no-error-summary
$bin/lint-imports --no-cache >/tmp/lint-imports.$$ 2>&1 || { cat /tmp/lint-imports.$$; rm -f /tmp/lint-imports.$$; exit 1; }
rm -f /tmp/lint-imports.$$

if docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
  step "sandbox images"
  docker/build.sh small
  docker/build.sh cpu
else
  step "no Docker engine answers: tests in the real sandbox will be left out and listed at the end"
fi
step "models and data for the tests"
scripts/dev-assets.sh

step "tests"
marks="not long"; [ -n "$all" ] && marks=""
exec $bin/python -m pytest ${marks:+-m "$marks"} --durations=8
