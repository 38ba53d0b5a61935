"""The fine-tuning reference, once by nbclient alone inside the sandbox image and once graded by us.

Part of `overhead.py`. Both see the same offline hub, processors and memory. By hand:

    python benchmarks/training_run.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from table import bin_folder

from autograder.app.site import open_site
from autograder.authoring.sample_files import reference_files
from autograder.config.assignment_file import load
from autograder.model.assignment import Assignment

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "assignments" / "finetune_financial_phrasebank"
INSIDE = """
import json, os, pathlib, sys
sys.path.append("/peer")
for where, target in json.load(open("/given/links.json")):
    pathlib.Path(where).parent.mkdir(parents=True, exist_ok=True)
    os.symlink(target, where)
import nbformat
from nbclient import NotebookClient
for path in sorted(pathlib.Path("/given").glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=None, resources={"metadata": {"path": "/workspace"}}).execute()
"""


def given(folder: Path, assignment: Assignment) -> None:
    """Write the reference notebooks below a folder that is mounted read-only."""
    for name, content in reference_files(assignment).items():
        (folder / name).write_bytes(content)


def alone_in_the_image() -> float:
    """Seconds of wall time of `docker run` with nbclient and the kernel both inside."""
    site, assignment = open_site(None), load(PROJECT)
    view = site.view(assignment, site.drawing(assignment))
    request = site.request(assignment, "benchmark", view)
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        given(folder, assignment)
        (folder / "links.json").write_text(json.dumps([[str(a), str(b)] for a, b in request.links]))
        folder.chmod(0o755)
        packages = next((ROOT / ".venv-peers" / "lib").glob("python3*")) / "site-packages"
        limits = request.limits
        command = [
            "docker", "run", "--rm", "--network", "none", "--user", "65534:65534", "--read-only",
            "--memory", str(limits.memory_bytes), "--cpus", str(limits.cpus), "--log-driver", "none",
            "--tmpfs", f"/workspace:size={limits.work_bytes},uid=65534,gid=65534",
            "--tmpfs", f"/tmp:size={limits.tmp_bytes},uid=65534,gid=65534",
            "-v", f"{view.mount.absolute()}:{view.inside}:ro",
            "-v", f"{folder}:/given:ro", "-v", f"{packages}:/peer:ro",
            "-e", "HOME=/tmp", "-w", "/workspace",
            *[word for key, value in request.environment.items() for word in ("-e", f"{key}={value}")],
            request.image, "python", "-c", INSIDE,
        ]  # fmt: skip
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"nbclient alone failed:\n{done.stderr[-3000:]}")
        return time.perf_counter() - start


def by_us() -> float:
    """Seconds of wall time of `autograder grade`, from start to reports."""
    assignment = load(PROJECT)
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        archive = folder / "reference.zip"
        with zipfile.ZipFile(archive, "w") as written:
            for path, content in reference_files(assignment).items():
                written.writestr(path, content)
        command = [
            bin_folder() / "autograder", "grade", PROJECT, archive, "--json", "--out", folder / "out",
            "--gradebook", f"sqlite:///{folder}/gradebook.sqlite3",
        ]  # fmt: skip
        start = time.perf_counter()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        line = json.loads(done.stdout or "{}")
        if line.get("run_outcome") != "completed":
            sys.exit(f"our run failed: {line.get('reason')}\n{done.stderr[-3000:]}")
        return seconds


if __name__ == "__main__":
    print(f"nbclient alone in the image: {alone_in_the_image():.1f} s")
    print(f"graded by us:                {by_us():.1f} s")
