"""The shipped fine-tuning project: the reference, the release and the samples, in the real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Command

PROJECT = Path(__file__).resolve().parents[2] / "assignments" / "finetune_financial_phrasebank"
SAMPLES = sorted(folder.name for folder in (PROJECT / "samples").iterdir() if folder.is_dir())


def test_there_are_at_least_ten_samples() -> None:
    assert len(SAMPLES) >= 10


@pytest.mark.course
@pytest.mark.timeout(1500)
def test_the_project_passes_verify(autograder: Command, shared_home: str) -> None:
    """Reference, release and some samples are run; the others are judged on their record."""
    done = autograder("verify", PROJECT, "--recorded", "--jobs", "2", home=shared_home, seconds=1480)
    assert done.code == 0, done.out + done.err


@pytest.mark.long
@pytest.mark.course
@pytest.mark.timeout(7200)
def test_the_project_passes_verify_with_every_sample_trained(autograder: Command, shared_home: str) -> None:
    done = autograder("verify", PROJECT, "--jobs", "2", home=shared_home, seconds=7190)
    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize("sample", SAMPLES)
def test_recorded_runs_fit_the_samples_as_they_are(sample: str) -> None:
    from autograder.authoring.sample_files import run_digest, sample_files
    from autograder.authoring.samples import load_sample
    from autograder.config.assignment_file import load

    assignment = load(PROJECT)
    found = load_sample(PROJECT / "samples" / sample, assignment)
    if found.evidence is None:
        assert found.always_run or found.archive, "a sample is either run each time or has a recorded run"
        return
    record = json.loads((found.evidence / "recorded.json").read_text())
    files = sample_files(found, assignment)
    assert record["run_digest"] == run_digest(files, assignment), (
        "record it again: autograder verify --record"
    )


def test_the_pinning_cell_is_satisfied_without_a_network() -> None:
    from autograder.execution.evidence import load as load_run

    run = load_run(PROJECT / "samples" / "perfect" / "evidence")
    sources = {
        (name, position): "".join(cell["source"])
        for name, text in run.executed.items()
        for position, cell in enumerate(json.loads(text)["cells"])
    }
    pinning = [cell for cell in run.cells if "pip install" in sources[cell.notebook, cell.position]]
    assert pinning
    assert all(cell.status == "ok" for cell in pinning)
    outputs = json.dumps([json.loads(text)["cells"] for text in run.executed.values()])
    assert "Could not find a version" not in outputs
