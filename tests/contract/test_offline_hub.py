"""Unmodified Hugging Face code finds its assets in the sandbox, without a network and without withheld rows.

Runs in the course image, as the sandbox would start it: no network, read-only root, another user, the mount
read-only, the cache made of links. Nothing is trained.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.assets.holdout import Drawing, draw
from autograder.assets.phrasebank import CLASSES
from autograder.assets.sentences import made_up
from autograder.assets.store import Store
from autograder.assets.view import AssetView, view
from autograder.model.assignment import AssetNeeds, HoldoutSpec
from tests.conftest import COURSE_IMAGE
from tests.unit.assets.builders import TEXT_AND_CLASS, a_tiny_bert, a_tiny_model, with_phrasebank

pytestmark = [pytest.mark.docker, pytest.mark.course]

NEEDS = AssetNeeds(
    models=("distilbert-base-uncased", "the/original"), datasets=("financial_phrasebank", "Someone/MyReviews")
)
SPEC = HoldoutSpec(dataset="financial_phrasebank", subset="sentences_allagree")

SCRIPT = Path(__file__).with_name("in_the_sandbox.py")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("hub")
    store = with_phrasebank(folder, made_up(size=150))
    store.add_model(a_tiny_model(folder / "m", layers=6), "distilbert-base-uncased", stand_in="tiny")
    store.add_model(a_tiny_bert(folder / "b"), "the/original")
    reviews = {"train": [("good \u00e9", 1)] * 3, "test": [("bad", 0)]}
    store.add_dataset_rows("Someone/MyReviews", {"default": reviews}, TEXT_AND_CLASS)
    return store


@pytest.fixture(scope="module")
def drawing(store: Store) -> Drawing:
    return draw(store, SPEC)


@pytest.fixture(scope="module")
def shown(store: Store, drawing: Drawing) -> AssetView:
    return view(store, NEEDS, drawing)


@pytest.fixture(scope="module")
def said(shown: AssetView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    script = tmp_path_factory.mktemp("script")
    lines = [f"mkdir -p {link.parent} && ln -s {target} {link}" for link, target in shown.links]
    (script / "run.sh").write_text(
        "set -e\n" + "\n".join(lines) + "\nexec /opt/venv/bin/python -P /script/in_the_sandbox.py\n"
    )
    (script / SCRIPT.name).write_text(SCRIPT.read_text())
    for path in [script, *script.iterdir()]:
        path.chmod(0o755)
    output, errors = _run(script, shown)
    for line in output.splitlines():
        if line.startswith("SAID"):
            found: dict[str, Any] = json.loads(line.removeprefix("SAID"))
            return found
    raise AssertionError(f"the script did not reach its end: {errors[-2000:]}")


def _run(script: Path, shown: AssetView) -> tuple[str, str]:
    import docker

    client = docker.from_env()
    container = client.containers.run(
        COURSE_IMAGE,
        ["/bin/sh", "/script/run.sh"],
        entrypoint=[],
        detach=True,
        network_mode="none",
        read_only=True,
        user="65534:65534",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        working_dir="/workspace",
        mem_limit="3g",
        tmpfs={"/workspace": "size=64m,uid=65534,gid=65534,mode=0700", "/tmp": "size=256m,mode=1777"},
        environment={**shown.environment, "TF_USE_LEGACY_KERAS": "1", "HOME": "/workspace"},
        volumes={
            str(shown.mount): {"bind": str(shown.inside), "mode": "ro"},
            str(script): {"bind": "/script", "mode": "ro"},
        },
    )
    try:
        container.wait(timeout=240)
        output, errors = (
            container.logs(stdout=stdout, stderr=not stdout).decode() for stdout in (True, False)
        )
        return output, errors
    finally:
        container.remove(force=True)


def test_the_data_set_loads_by_the_call_students_write(said: dict[str, Any], shown: AssetView) -> None:
    rows = 150 - shown.withheld["takala/financial_phrasebank/sentences_allagree"]
    assert said["plain"] == [["train"], rows, list(CLASSES), ["sentence", "label"]]


@pytest.mark.parametrize("call", ["trusted", "untrusted", "owner", "map"])
def test_the_data_set_loads_by_every_alias_and_flag(said: dict[str, Any], call: str) -> None:
    assert said[call] == said["plain"][1]


def test_no_withheld_sentence_can_be_loaded(said: dict[str, Any], drawing: Drawing) -> None:
    for subset, texts in said["texts"].items():
        assert len(texts) > 100, subset
        assert not [text for text in texts if drawing.withholds(text)]


def test_map_filter_split_and_select_work_on_the_offline_data(said: dict[str, Any]) -> None:
    assert said["part"] == 10
    assert said["filter"] is True
    assert said["select"] == 20
    assert said["wide"] == len(said["texts"]["sentences_50agree"])
    assert said["pandas"] == ["sentence", "label", "words"]
    assert said["batches"] == [[8, 16], [8]]


def test_a_data_set_with_an_owner_capitals_and_one_configuration_loads(said: dict[str, Any]) -> None:
    assert said["camel"] == {"text": "bad", "label": 0}


def test_tokenizers_load_fast_and_slow_and_agree(said: dict[str, Any]) -> None:
    fast, ids = said["tokenizer"]
    assert fast is True
    assert ids == said["slow tokenizer"]
    assert len(ids) == 5


def test_models_load_by_every_class_and_alias(said: dict[str, Any]) -> None:
    assert said["model"] == [6, [2, 3]]
    assert said["auto model"] == "distilbert"


def test_the_stand_in_computes_what_its_source_computes(said: dict[str, Any]) -> None:
    assert said["renamed without loss"] is True


def test_the_mount_cannot_be_written_to(said: dict[str, Any]) -> None:
    assert said["read-only"] == []


@pytest.mark.parametrize("call", ["other model", "other data set"])
def test_what_is_not_offered_fails_at_once_with_a_word_about_the_hub(said: dict[str, Any], call: str) -> None:
    assert isinstance(said[call], str)
    assert "hub" in said[call].lower() or "huggingface" in said[call].lower()


def test_pip_installs_what_is_there_and_nothing_else(said: dict[str, Any]) -> None:
    assert said["pip"] == [0, 1]
