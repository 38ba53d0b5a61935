"""Prepare a fresh kernel before any student code: folder, modules, plots, ledger, record of what ran.

Companions: `weights`, `ledger`, `probe`. What it leaves behind is one module object in `sys.modules`; the
student can find and change it. The record of what ran therefore only detects what does not hide.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import types

STORE = "_nbverdict_ledger"
SHOWS = "ast_node_interactivity"


def begin(folders, positions, authors, nonce):
    """Set the kernel up and say so in the form of an answer."""
    start(folders, positions, authors)
    head = {"nonce": nonce, "status": "answered", "message": "", "pieces": 1}
    return Reply(json.dumps(head) + "\ntrue")  # noqa: F821 - companion


def start(folders, positions, authors):
    """Set the kernel up.

    The first of `folders` that can be entered becomes the current one and all go on the path of modules.
    `positions` says which cell of the notebook the n-th executed one is, `authors` which of these have the
    author's text: they show the value of their last expression only, whatever the student set.
    """
    from IPython.core.interactiveshell import InteractiveShell

    os.umask(0o022)
    for folder in folders:  # an earlier notebook may have put something else in its place
        try:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - nothing heavier than os before student code
            os.chdir(folder)
            break
        except OSError:
            continue
    sys.path += [folder for folder in folders if folder not in sys.path]  # last: libraries keep their places
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    shell = InteractiveShell._instance
    ran, students = [], []

    def current_cell():
        return positions[len(ran) - 1] if 0 < len(ran) <= len(positions) else -1

    def before_cell(info):
        if info.store_history and not info.silent:
            ran.append(digest(info.raw_cell))
            if current_cell() in authors:
                students.append(getattr(shell, SHOWS))
                setattr(shell, SHOWS, "last_expr")

    def after_cell(result):
        if students and result.info.store_history:
            setattr(shell, SHOWS, students.pop())
            if isinstance(
                getattr(type(shell), SHOWS), str
            ):  # set on the class, where a later setting must count
                vars(shell).pop(SHOWS, None)

    shell.events.register("pre_run_cell", before_cell)
    shell.events.register("post_run_cell", after_cell)
    module = types.ModuleType(STORE)
    ledger = install(current_cell)  # noqa: F821 - companion
    module.fits, module.model_of, module.held = ledger.fits, ledger.model_of, None
    module.history = lambda: {"ran": list(ran), "altered": altered(shell)}
    sys.modules[STORE] = module


def altered(shell):
    """Give the digests of inputs that were executed as something else than IPython makes of them."""
    from IPython.core.inputtransformer2 import TransformerManager

    raw, parsed = shell.history_manager.input_hist_raw, shell.history_manager.input_hist_parsed
    fresh, found = TransformerManager(), []
    for sent, made in zip(raw, parsed, strict=False):
        if sent == made or not sent.strip():
            continue
        try:
            expected = fresh.transform_cell(sent).strip()
        except Exception:  # not Python at all: the cell failed with a syntax error
            expected = made.strip()
        # In a line of its own IPython also takes names of magics and of `exit` for calls.
        automagic = len(expected.splitlines()) <= 1 and made.startswith(("get_ipython().", expected + "("))
        if made.strip() != expected and not automagic:
            found.append(digest(sent))
    return found


def digest(text):
    """Give the SHA-256 of a cell's text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
