"""Run our own code on plain data, in the kernel of the judge sandbox. Companions: `plain_values`, `probe`.

No student code is in that kernel, and nothing of a notebook. Each call runs the code anew in a module of its
own; libraries that it imported stay imported.
"""

from __future__ import annotations

import sys
import traceback
import types

STORE = "_nbverdict_ledger"
MODULE = "nbverdict_judge"


def judged(request):
    """Answer a call given as JSON text, in the form of an answer to a question."""
    sys.modules.setdefault(STORE, types.ModuleType(STORE))
    return answer(request, result_of)  # noqa: F821 - companion


def result_of(asked):
    """Give what the function `judge` of the code returns for the arguments."""
    script = asked["script"]
    module = sys.modules[MODULE] = types.ModuleType(MODULE)
    try:
        exec(compile(asked["code"], script, "exec"), module.__dict__)  # noqa: S102 - the author's own code
        arguments = untagged(asked["arguments"], {})  # noqa: F821 - companion
        return module.judge(**arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Raised(f"{place_in(script, error)}{described(error)}") from None  # noqa: F821 - companion


def place_in(script, error):
    """Give the last line of the script that the error came from, as the beginning of a sentence."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script]
    return f"{script}, line {lines[-1]}: " if lines else f"{script}: "
