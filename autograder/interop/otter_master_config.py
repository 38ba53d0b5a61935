"""Read the YAML of an otter master: its `# ASSIGNMENT CONFIG` and each `# BEGIN QUESTION`.

YAML is read as plain data; nothing in it is executed. A key that otter does not know is an error, so that a
mistyped one is not lost. Settings that only make PDFs, uploads or student tools are left aside, some with a
note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autograder.config.toml_file import nearest
from autograder.errors import AuthoringError, UsageError

LARGEST_CONFIG: Final = 1024 * 1024
MOST_VALUES: Final = 10_000
HINT: Final = "Correct the master notebook; nothing was written."
_KEYS: Final[Mapping[str, frozenset[str] | None]] = {
    **dict.fromkeys(
        [
            "name", "config_file", "requirements", "overwrite_requirements", "environment", "run_tests",
            "solutions_pdf", "template_pdf", "init_cell", "check_all_cell", "save_environment",
            "ignore_modules", "files", "autograder_files", "student_files", "plugins",
            "show_question_points", "runs_on", "python_version", "channel_priority_strict",
            "strip_solutions_from_all_cells", "suppress_no_tests_warning",
        ]
    ),
    "export_cell": frozenset(
        ["instructions", "pdf", "filtering", "force_save", "run_tests", "files", "require_no_pdf_ack",
         "ignore_log"]
    ),
    "seed": frozenset(["variable", "autograder_value", "student_value"]),
    "tests": frozenset(["files", "ok_format", "url_prefix"]),
    "generate": frozenset(
        ["score_threshold", "points_possible", "show_stdout", "show_hidden", "show_all_public", "seed",
         "seed_variable", "grade_from_log", "serialized_variables", "pdf", "token", "course_id",
         "assignment_id", "filtering", "pagebreaks", "debug", "autograder_dir", "lang", "miniconda_path",
         "plugins", "logo", "print_summary", "print_score", "zips", "log_level", "assignment_name",
         "warn_missing_pdf", "force_public_test_summary", "submit_blank_pdf_on_export_failure",
         "use_submission_pdf", "pdf_via_html"]
    ),
}  # fmt: skip
"""What otter-grader 7 knows; None where a key has no keys of its own."""
_QUESTION_KEYS: Final = frozenset(["name", "manual", "points", "check_cell", "export", "all_or_nothing"])
_TOLD: Final = {
    "autograder_files": "autograder_files are not copied: every file of ours is one that students get",
    "plugins": "otter's plugins are not run",
    "environment": "the conda environment is not read: choose the image by hand",
}
_TOLD_OF_GENERATE: Final = {
    "points_possible": "points_possible is not used: the total is the sum of the questions",
    "score_threshold": "score_threshold is not used: the total is the sum of the questions",
    "grade_from_log": "grade_from_log is not followed: the notebook is run, a submitted log is never read",
    "plugins": "otter's plugins are not run",
    "token": "the token was not copied; no PDF is uploaded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterConfig:
    """What counts of an assignment's configuration. `files` are paths beside the master."""

    name: str = ""
    files: tuple[str, ...] = ()
    requirements: tuple[str, ...] | str = ()
    ok_format: bool = True
    seed: int | None = None
    seed_variable: str | None = None
    student_seed: int | None = None
    show_hidden: bool = False
    show_points: bool = False
    strip_all: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterQuestion:
    """One question's configuration. `points` is what it says: a number, a list, {"each": n} or None."""

    name: str
    manual: bool = False
    points: Any = None
    all_or_nothing: bool = False


def yaml_of(text: str, where: str) -> dict[str, Any]:
    """Read YAML that must be a mapping (empty is one). Raises AuthoringError, or UsageError without YAML."""
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise UsageError(
            "reading otter masters needs PyYAML", hint="Install it: pip install 'nbverdict[otter]'"
        ) from None
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        words = " ".join(str(problem).split())
        raise AuthoringError(f"{where}: its YAML cannot be read: {words}", hint=HINT) from None
    found = {} if found is None else found
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise AuthoringError(f"{where}: it must hold lines like `key: value`", hint=HINT)
    if not _is_small(found):
        raise AuthoringError(f"{where}: its YAML stands for more than {MOST_VALUES} values", hint=HINT)
    return found


def _is_small(value: object) -> bool:
    """Whether a value has few parts. Aliases of YAML count each time: a few lines can stand for billions."""
    waiting = [value]
    for _ in range(MOST_VALUES):
        if not waiting:
            return True
        if len(waiting) > MOST_VALUES:
            return False
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += one
    return False


def question_of(text: str, where: str) -> MasterQuestion:
    """Read the configuration of a question. Raises AuthoringError."""
    found = yaml_of(text, where)
    _refuse_unknown(found, _QUESTION_KEYS, where)
    name = found.get("name")
    if not isinstance(name, str | int | float) or isinstance(name, bool) or not str(name).strip():
        raise AuthoringError(f"{where}: the question has no name", hint=HINT)
    if "," in str(name) or "/" in str(name) or not str(name).isprintable():
        raise AuthoringError(f"{where}: {str(name)!r} cannot be the name of a question", hint=HINT)
    return MasterQuestion(
        name=str(name),
        manual=_flag(found, "manual", where),
        points=found.get("points"),
        all_or_nothing=_flag(found, "all_or_nothing", where),
    )


def config_of(cells: Iterable[tuple[str, str]], master: Path) -> MasterConfig:
    """Read the configuration cells, each given with its place; a later one wins. Raises AuthoringError."""
    merged: dict[str, Any] = {}
    where = str(master)
    for where, text in cells:
        found = yaml_of(text, where)
        if isinstance(found.get("config_file"), str):
            _merge(merged, _from_file(master.parent, found["config_file"], where))
        _refuse_unknown_keys(found, where)
        _merge(merged, found)
    seed, generate, tests = (_part(merged, key) for key in ("seed", "generate", "tests"))
    variable = seed.get("variable") or generate.get("seed_variable")
    value = seed.get("autograder_value") if seed.get("variable") else generate.get("seed")
    return MasterConfig(
        name=str(merged.get("name") or ""),
        files=_texts(merged, "files", where),
        requirements=_requirements(merged, where),
        ok_format=bool(tests.get("ok_format", True)),
        seed=_whole(value, "seed", where),
        seed_variable=_identifier(variable, where),
        student_seed=_whole(seed.get("student_value"), "student_value", where),
        show_hidden=_flag(generate, "show_hidden", where),
        show_points=_flag(merged, "show_question_points", where),
        strip_all=_flag(merged, "strip_solutions_from_all_cells", where),
        notes=(
            *(told for key, told in _TOLD.items() if merged.get(key)),
            *(told for key, told in _TOLD_OF_GENERATE.items() if generate.get(key)),
        ),
    )


def _from_file(folder: Path, name: str, where: str) -> dict[str, Any]:
    path = below(folder, name, where)
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_CONFIG).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise AuthoringError(f"{where}: config_file {name} cannot be read: {problem}", hint=HINT) from None
    found = yaml_of(text, str(path))
    _refuse_unknown_keys(found, str(path))
    return found


def below(folder: Path, name: str, where: str) -> Path:
    """Give the path of a file beside the master. Raises AuthoringError for one that lies elsewhere."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise AuthoringError(f"{where}: {name!r} does not lie in the master's folder", hint=HINT)
    return path


def _merge(into: dict[str, Any], found: Mapping[str, Any]) -> None:
    for key, value in found.items():
        old = into.get(key)
        into[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value


def _refuse_unknown_keys(found: Mapping[str, Any], where: str) -> None:
    _refuse_unknown(found, _KEYS, where)
    for key, inner in _KEYS.items():
        value = found.get(key)
        if inner is not None and isinstance(value, dict):
            _refuse_unknown(value, inner, where, f"{key}: ")


def _refuse_unknown(found: Mapping[str, Any], known: Iterable[str], where: str, before: str = "") -> None:
    names = list(known)
    for key in found:
        if key not in names:
            raise AuthoringError(
                f'{where}: {before}otter knows no key "{key}"{nearest(str(key), names)}', hint=HINT
            )


def _part(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _flag(found: Mapping[str, Any], key: str, where: str) -> bool:
    value = found.get(key, False)
    if not isinstance(value, bool):
        raise AuthoringError(f"{where}: {key} is {value!r}, neither true nor false", hint=HINT)
    return value


def _texts(found: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = found.get(key) or []
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(v, str) for v in value)
    ):
        raise AuthoringError(f"{where}: {key} is no list of names", hint=HINT)
    return tuple(value)


def _requirements(found: Mapping[str, Any], where: str) -> tuple[str, ...] | str:
    value = found.get("requirements") or []
    return value if isinstance(value, str) else _texts(found, "requirements", where)


def _whole(value: object, key: str, where: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise AuthoringError(f"{where}: {key} is {value!r}, no whole number", hint=HINT)
    return value if isinstance(value, int) else None


def _identifier(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isidentifier():
        raise AuthoringError(f"{where}: {value!r} cannot be the name of the seed's variable", hint=HINT)
    return value
