"""What an otter autograder says about itself: its `otter_config.json` and its `environment.yml`.

Only what decides a score or what students see is used. The rest is told in notes; a token is never copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autograder.errors import AuthoringError

CONFIG: Final = "otter_config.json"
ENVIRONMENT: Final = "environment.yml"
NEWEST_MAJOR: Final = 7
"""Zips of this version of otter-grader were compared with what `otter run` gives; a later one is refused."""
NEWER: Final = "Ask for a newer autograder, or make the zip with an otter-grader that is known."
_VERSION: Final = re.compile(r"otter-grader(?:\[[^\]]*\])?\s*==\s*(\d+)((?:\.\w+)*)")
_PACKAGE: Final = re.compile(
    r"^\s*-\s*[\"']?([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*([=<>!~@ ].*)?[\"']?\s*$"
)
_OTTERS_OWN: Final = frozenset({"python", "pip", "jupyter-server", "otter-grader", "conda-forge", "defaults"})

_SILENT: Final = frozenset(
    [
        "autograder_dir", "course_id", "debug", "filtering", "force_public_test_summary", "lang", "log_level",
        "logo", "miniconda_path", "pagebreaks", "pdf_via_html", "print_score", "print_summary", "seed",
        "seed_variable", "show_all_public", "show_hidden", "show_stdout",
        "submit_blank_pdf_on_export_failure",
        "use_submission_pdf", "warn_missing_pdf", "zips",
    ]
)  # fmt: skip
_TOLD: Final = {
    "assignment_name": "assignment_name is the title; a notebook with another name is graded all the same",
    "assignment_id": "no PDF is uploaded: assignment_id and token are not used",
    "grade_from_log": "grade_from_log is not followed: the notebook is run, a submitted log is never read",
    "pdf": "no PDF is made of a submission",
    "plugins": "otter's plugins are not run",
    "points_possible": "points_possible is not used: the total is the sum of the questions",
    "score_threshold": "score_threshold is not used: the total is the sum of the questions",
    "serialized_variables": "serialized_variables is not used: a submitted log is never read",
    "token": "the token was not copied; no PDF is uploaded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtterSettings:
    """What counts of a configuration. `packages` are what the tests' environment asks for."""

    name: str = ""
    version: str = ""
    seed: int | None = None
    seed_variable: str | None = None
    show_hidden: bool = False
    packages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_settings(config: bytes, environment: bytes | None, where: str) -> OtterSettings:
    """Read both files. `where` names the zip in messages.

    Raises AuthoringError: not JSON, a value of a wrong type, another language, or a newer otter-grader.
    """
    version, packages = _environment(environment or b"", where)
    try:
        raw = json.loads(config.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise AuthoringError(f"{where}: {CONFIG} is no JSON: {problem}", hint="Make the zip again.") from None
    if not isinstance(raw, dict):
        raise AuthoringError(f"{where}: {CONFIG} holds no object", hint="Make the zip again.")
    language = raw.get("lang", "python")
    if language != "python":
        raise AuthoringError(
            f"{where}: {CONFIG} says that the assignment is in {language!r}; only Python can be graded",
            hint="Grade it with otter.",
        )
    unknown = sorted(map(str, raw.keys() - _SILENT - _TOLD.keys()))
    return OtterSettings(
        name=_value(raw, "assignment_name", _is_text, where) or "",
        version=version,
        seed=_value(raw, "seed", _is_integer, where),
        seed_variable=_value(raw, "seed_variable", _is_name, where),
        show_hidden=bool(_value(raw, "show_hidden", lambda value: isinstance(value, bool), where)),
        packages=packages,
        notes=(
            *(told for key, told in _TOLD.items() if raw.get(key)),
            *(f"{CONFIG} has the key {key!r}, which is not known and not used" for key in unknown),
        ),
    )


def _value(raw: Mapping[str, Any], key: str, right: Callable[[object], bool], where: str) -> Any:
    value = raw.get(key)
    if value is not None and not right(value):
        raise AuthoringError(
            f"{where}: {CONFIG} says {key} = {value!r}, which otter does not accept there either",
            hint="Correct the configuration of the assignment and make the zip again.",
        )
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isidentifier()


def _environment(raw: bytes, where: str) -> tuple[str, tuple[str, ...]]:
    text = raw.decode("utf-8", errors="replace")
    version = ""
    if found := _VERSION.search(text):
        version = found.group(1) + found.group(2)
        if int(found.group(1)[:6]) > NEWEST_MAJOR:
            raise AuthoringError(
                f"{where}: {ENVIRONMENT} asks for otter-grader {version}; zips of version {NEWEST_MAJOR} and "
                "earlier ones are known",
                hint=NEWER,
            )
    names = [found.group(1) for line in text.splitlines() if (found := _PACKAGE.match(line))]
    plain = (name.lower().replace("_", "-") for name in names)
    return version, tuple(dict.fromkeys(name for name in plain if name not in _OTTERS_OWN))
