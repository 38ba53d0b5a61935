"""Which models and data sets a notebook asks a hub for, read from its code without running anything.

Names are found where they stand as text, directly or through a variable that is only ever given texts. A
name that is put together at run time is reported as unknown, never guessed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from autograder.assets.code_cells import CodeCell, code_cells
from autograder.assets.names import is_hub_name


class AssetKind(StrEnum):
    """What is asked for."""

    MODEL = "model"
    DATASET = "dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `name` is None when it cannot be told before the run. `cell` counts all cells from 0.

    `own_cache` is true when the call names a cache folder of its own, where nothing will be found offline.
    """

    kind: AssetKind
    name: str | None
    notebook: str
    cell: int
    code: str
    own_cache: bool = False


_CALLS: Mapping[str, tuple[AssetKind, tuple[str, ...]]] = {
    "from_pretrained": (AssetKind.MODEL, ("pretrained_model_name_or_path",)),
    "load_dataset": (AssetKind.DATASET, ("path",)),
    "load_dataset_builder": (AssetKind.DATASET, ("path",)),
    "get_dataset_config_names": (AssetKind.DATASET, ("path",)),
    "SentenceTransformer": (AssetKind.MODEL, ("model_name_or_path",)),
    "snapshot_download": (AssetKind.MODEL, ("repo_id",)),
    "hf_hub_download": (AssetKind.MODEL, ("repo_id",)),
    "pipeline": (AssetKind.MODEL, ("model",)),
}
"""Functions and methods by last name: what they load, and the name's keyword (or the first argument)."""
_BY_KEYWORD_ONLY = frozenset({"pipeline"})
_LOCAL_LOADERS = frozenset(
    {
        "arrow",
        "audiofolder",
        "cache",
        "csv",
        "imagefolder",
        "json",
        "pandas",
        "parquet",
        "sql",
        "text",
        "webdataset",
        "xml",
    }
)


def asked_for(notebooks: Mapping[str, str]) -> tuple[Asked, ...]:
    """All requests of the notebooks (name -> nbformat 4 JSON text), in the order of the code.

    A cell whose code cannot be read is skipped. Raises nothing for what a student wrote.
    """
    return tuple(request for name, text in notebooks.items() for request in _in_notebook(name, text))


def _in_notebook(name: str, text: str) -> Iterator[Asked]:
    cells = list(code_cells(text))
    texts = _texts_of_variables(cell.tree for cell in cells)
    saved = {
        value
        for tree in (cell.tree for cell in cells)
        for call in _calls(tree)
        if _last_name(call.func) in ("save_pretrained", "save_to_disk") and call.args
        for value in _values(call.args[0], texts)
    }
    for cell in cells:
        for call in _calls(cell.tree):
            yield from _in_call(call, name, cell, texts, saved)


def _in_call(
    call: ast.Call,
    notebook: str,
    cell: CodeCell,
    texts: Mapping[str, set[str | None]],
    saved: set[str | None],
) -> Iterator[Asked]:
    function = _last_name(call.func)
    if function not in _CALLS:
        return
    kind, keywords = _CALLS[function]
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    argument = next((named[word] for word in keywords if word in named), None)
    if argument is None and call.args and function not in _BY_KEYWORD_ONLY:
        argument = call.args[0]
    if argument is None:
        return
    if "repo_type" in named and "dataset" in _values(named["repo_type"], texts):
        kind = AssetKind.DATASET
    for value in sorted(_values(argument, texts), key=str):
        if value is None:
            elsewhere = function in _BY_KEYWORD_ONLY  # there it is most often a model that is loaded already
        else:
            elsewhere = value in saved or value in _LOCAL_LOADERS or not is_hub_name(value)
        if not elsewhere:
            yield Asked(
                kind=kind,
                name=value,
                notebook=notebook,
                cell=cell.position,
                code=cell.lines[call.lineno - 1].strip()[:200],
                own_cache="cache_dir" in named,
            )


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _values(node: ast.expr, texts: Mapping[str, set[str | None]]) -> set[str | None]:
    """The texts an expression may have; None stands for one that is not known."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.Name(id=name):
            return texts.get(name) or {None}
        case ast.IfExp(body=ast.Constant(value=str(text)), orelse=ast.Constant(value=str(other))):
            return {text, other}
        case ast.JoinedStr(values=[ast.Constant(value=str(text))]):
            return {text}
        case _:
            return {None}


def _texts_of_variables(trees: Iterable[ast.AST]) -> Mapping[str, set[str | None]]:
    texts: dict[str, set[str | None]] = defaultdict(set)
    for tree in trees:
        for node in ast.walk(tree):
            for target, value in _bindings(node):
                texts[target] |= _values(value, {}) if value is not None else {None}
    return texts


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names that a statement binds, with the expressions they may be bound to (None: something else)."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _bound(target, value)
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name, value
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.For(target=target, iter=ast.List(elts=elements) | ast.Tuple(elts=elements)):
            for element in elements:
                yield from _bound(target, element)
        case ast.For(target=target) | ast.comprehension(target=target):
            yield from ((name.id, None) for name in ast.walk(target) if isinstance(name, ast.Name))
        case ast.AugAssign(target=ast.Name(id=name)) | ast.arg(arg=name):
            yield name, None
        case _:
            return


def _bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            for one, its in zip(names, values, strict=True):
                yield from _bound(one, its)
        case _:
            yield from ((name.id, None) for name in ast.walk(target) if isinstance(name, ast.Name))
