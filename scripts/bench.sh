#!/usr/bin/env bash
# `make bench`: run every script in benchmarks/, the peers in an environment of their own.
set -uo pipefail
cd "$(dirname "$0")/.."
if [ ! .venv-peers/.ready -nt requirements/peers.lock ]; then
  echo "bench: installing the peers (nbgrader, otter-grader, nbclient) in .venv-peers"
  .venv/bin/python -m venv .venv-peers || exit 1
  .venv-peers/bin/python -m pip install -q --disable-pip-version-check -r requirements/peers.lock || exit 1
  touch .venv-peers/.ready
fi
echo "bench: compiling both environments"
for env in .venv .venv-peers; do $env/bin/python -m compileall -q -j 0 $env/lib autograder gradebook >/dev/null 2>&1; done
failed=0
for script in benchmarks/*.py; do
  case $script in benchmarks/table.py|benchmarks/small_assignment.py|benchmarks/quickstart_course.py|benchmarks/training_run.py|benchmarks/gradebook_course.py) continue ;; esac
  echo; echo "== $script"
  .venv/bin/python "$script" "$@" || failed=1
done
exit $failed
