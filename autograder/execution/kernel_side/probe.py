"""Answer one question about the student's kernel. Companions: `weights` and `plain_values`.

`answer(request)` gives an object whose MIME bundle carries one text: a line of JSON (nonce, status, message,
number of pieces) and, below it, the answer or its first piece. The other pieces wait for the next requests.
Nothing here raises for what a student's object does, or can make a kernel that lies tell the truth.
"""

from __future__ import annotations

import json
import re
import sys

MIME = "application/vnd.nbverdict.answer"
STORE = "_nbverdict_ledger"
PIECE = 4 * 1024 * 1024
STEP = re.compile(r"\.?([^\W\d]\w*)|\[(-?\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


class Reply:
    """What the kernel shows for the expression: only a private MIME type, so that no formatter touches it."""

    def __init__(self, text):
        self.text = text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {MIME: self.text, "text/plain": ""}


class Absent(Exception):
    """There is nothing of that name."""


class Raised(Exception):
    """The student's function raised."""


def answer(request, look=None):
    """Answer a question given as JSON text; `look` gives its value where that is no matter of a notebook."""
    asked = json.loads(request)
    status, message, body = "answered", "", ""
    try:
        if "piece" in asked:
            return Reply(next_piece(asked))
        body = json.dumps(Encoder().tagged((look or value_of)(asked)), allow_nan=False)  # noqa: F821 - companion
        if len(body) > asked["at_most"]:
            message = f"the answer has {len(body)} bytes, limit {asked['at_most']}"
            status, body = "refused", ""
    except Absent as reason:
        status, message = "absent", str(reason)
    except Raised as reason:
        status, message = "raised", str(reason)
    except NotPlain as reason:  # noqa: F821 - companion
        status, message = "refused", str(reason)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an object may raise anything on sight, an exit included
        status, message = "refused", f"the value cannot be read: {described(error)}"
    pieces = [body[start : start + PIECE] for start in range(0, len(body), PIECE)] or [""]
    store().held = (asked["nonce"], pieces) if len(pieces) > 1 else None
    head = {"nonce": asked["nonce"], "status": status, "message": message[:500], "pieces": len(pieces)}
    return Reply(json.dumps(head) + "\n" + pieces[0])


def next_piece(asked):
    """Give one of the later pieces of a long answer."""
    nonce, pieces = store().held
    if nonce != asked["of"]:
        raise LookupError("another answer is held")
    head = {"nonce": asked["nonce"], "status": "answered", "message": "", "pieces": 1}
    return json.dumps(head) + "\n" + pieces[asked["piece"]]


def value_of(asked):
    """Give what is asked for: a value, a call's result, a model's weights, one array, the recorded fits."""
    kind, name, part = asked["kind"], asked["name"], asked["part"]
    if kind == "fits":
        return recorded_fits()
    if kind == "history":
        return store().history()
    root = re.split(r"[.\[]", name, maxsplit=1)[0]
    if root not in names():
        raise Absent(f"there is nothing called {name}")
    found = select(names()[root], name[len(root) :])
    if kind == "value":
        return select(found, part)
    if kind == "call":
        return called(found, name, asked["arguments"])
    sites = walk(found)  # noqa: F821 - companion
    if not sites and not is_kind(found, STRUCTURES):  # noqa: F821 - companion
        raise NotPlain(f"{name} is a {type(found).__name__}, not a model")  # noqa: F821 - companion
    if kind == "weights":
        return list_weights(found)  # noqa: F821 - companion
    for site, variable in sites:
        if site == part:
            return variable.numpy()
    raise Absent(f"{name} has no weight at {part}")


def called(function, name, arguments):
    """Call the student's function. Any exception of theirs, an exit included, is an answer."""
    if not callable(function):
        raise Raised(f"{name} is a {type(function).__name__} and cannot be called")
    try:
        positional, keywords = untagged(arguments, names())  # noqa: F821 - companion
    except KeyError as error:
        raise Absent(f"there is nothing called {error}") from None
    try:
        result = function(*positional, **keywords)
        if hasattr(result, "send") and hasattr(result, "throw"):
            raise NotPlain(f"{name} gives a generator or coroutine, not a value")  # noqa: F821 - companion
        return result
    except NotPlain:  # noqa: F821 - companion
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Raised(described(error)) from None


def select(value, path):
    """Follow attributes, places and keys: `.history['loss'][0]`."""
    place = 0
    while place < len(path):
        step = STEP.match(path, place)
        if step is None:
            raise Absent(f"{path} is not a path")
        attribute, index, single, double = step.groups()
        place = step.end()
        try:
            if attribute is not None:
                value = getattr(value, attribute)
            elif index is not None:
                value = value[int(index)]
            else:
                value = value[single if single is not None else double]
        except Exception as error:
            raise Absent(f"there is no {path}: {described(error)}") from None
    return value


def recorded_fits():
    """Give what the ledger recorded, with the variables that each model is bound to now."""
    ledger = sys.modules.get(STORE)
    if ledger is None:
        raise Absent("the ledger is gone")
    return [{**record, "names": bound_to(ledger.model_of(record["model"]))} for record in list(ledger.fits)]


def bound_to(model):
    """Give the names of the variables that hold exactly this object."""
    if model is None:
        return []
    held = list(names().items())
    return sorted(name for name, value in held if value is model and not name.startswith("_"))


def names():
    """Give the student's variables."""
    from IPython.core.interactiveshell import InteractiveShell

    return InteractiveShell._instance.user_ns


def store():
    """Give the module that outlives a question."""
    return sys.modules[STORE]


def described(error):
    """Give an exception as one line, even one that fights being shown."""
    try:
        return f"{type(error).__name__}: {error}"[:500]
    except BaseException:
        return type(error).__name__
