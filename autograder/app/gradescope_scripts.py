"""The two scripts of an autograder for Gradescope: one runs when its image is built, one per submission.

Plain text; nothing is run here. The kernel's user is made here, so that it can read nothing of the grader's.
"""

from __future__ import annotations

from typing import Final

USER: Final = "student"
PYTHON: Final = "/opt/nbverdict/bin/python"
ROOT: Final = "/autograder"

SETUP: Final = f"""\
#!/usr/bin/env bash
# Made by `autograder gradescope`. Gradescope runs it once, when it builds the image.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
source={ROOT}/source
chmod -R go-rwx "$source"    # hidden tests and solutions: for root alone
id {USER} >/dev/null 2>&1 || useradd --no-create-home --shell /usr/sbin/nologin {USER}

export DEBIAN_FRONTEND=noninteractive
new_enough() {{
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$name"; return 0
    fi
  done
  return 1
}}
apt-get update -qq
if ! python=$(new_enough); then
  apt-get install -y -qq --no-install-recommends python3.12 \\
    || apt-get install -y -qq --no-install-recommends python3.11
  python=$(new_enough) || {{ echo "Python 3.11 or newer is needed: choose a newer base image." >&2; exit 1; }}
fi
apt-get install -y -qq --no-install-recommends "$python-venv" ca-certificates

"$python" -m venv "$(dirname "$(dirname {PYTHON})")"
{PYTHON} -m pip install --quiet --no-cache-dir --disable-pip-version-check -r "$source/requirements.txt"
{PYTHON} -m compileall -q "$(dirname "$(dirname {PYTHON})")/lib" >/dev/null 2>&1 || true
cd / && PYTHONPATH=$source/package {PYTHON} -P -c 'import autograder.app.gradescope_run'
"""

RUN: Final = f"""\
#!/usr/bin/env bash
# Made by `autograder gradescope`. Gradescope runs it for every submission, as root.
set -euo pipefail
rm -f {ROOT}/results/results.json
echo "WARNING: there is no Docker here. The notebook runs in a plain process as the user '{USER}':"
echo "WARNING: it can read no hidden file, but nothing limits its network, memory or processes, and hidden"
echo "WARNING: test cells run inside its kernel. For grades that must hold, grade with Docker elsewhere."
chmod -R go-rwx {ROOT}/source
chmod go-rwx {ROOT}/results
[ ! -e {ROOT}/submission_metadata.json ] || chmod go-rwx {ROOT}/submission_metadata.json
umask 022
cd /
export PYTHONPATH={ROOT}/source/package
exec {PYTHON} -P -m autograder.app.gradescope_run {ROOT}
"""
