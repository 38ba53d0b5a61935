"""What crosses from a live kernel: honest values keep their value, liars get no further than an answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from autograder.formats.plain import Table, decode, encode
from autograder.model.evidence import AnswerStatus
from tests.unit.execution.builders import Live, a_live_kernel


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with a_live_kernel() as kernel:
        kernel.run("import numpy as np, pandas as pd, collections, json, base64, builtins, sys, enum")
        yield kernel


HONEST = {
    "none": ("None", None),
    "numbers": ("[1, -2.5, True, 10**15]", [1, -2.5, True, 10**15]),
    "special floats": ("[float('inf'), -float('inf')]", [math.inf, -math.inf]),
    "numpy scalars": ("[np.float32(0.5), np.int64(3), np.bool_(True), np.str_('x')]", [0.5, 3, True, "x"]),
    "tuples": ("(1, (2, 'ü😀'))", [1, [2, "ü😀"]]),
    "bytes that are text": ("b'positive'", "positive"),
    "dicts": ("{'b': 1, 'a': [2]}", {"a": [2], "b": 1}),
    "dicts of other keys": ("{1: 'a', (2, 'b'): 0, None: 1}", {1: "a", (2, "b"): 0, None: 1}),
    "a dict with a dollar": ("{'$': 'float', 'v': 'nan'}", {"$": "float", "v": "nan"}),
    "ordered dicts": ("collections.OrderedDict(a=1)", {"a": 1}),
    "counters": ("collections.Counter('aab')", {"a": 2, "b": 1}),
    "ranges": ("range(3)", [0, 1, 2]),
    "views of a dict": ("[{'a': 1}.keys(), {'a': 1}.values()]", [["a"], [1]]),
    "what pandas does not know": ("[pd.NA, pd.NaT]", [None, None]),
    "int enums": ("enum.IntEnum('E', 'A B').B", 2),
    "zero-dimensional arrays": ("np.array(2.5)", 2.5),
    "objects in an array": ("np.array([[1, 'a'], [None, 2.5]], dtype=object)", [[1, "a"], [None, 2.5]]),
    "pandas categories": ("pd.cut([1, 5], [0, 3, 9], labels=['low', 'high'])", ["low", "high"]),
    "decimals and fractions": (
        "[__import__('decimal').Decimal('0.5'), __import__('fractions').Fraction(1, 4)]", [0.5, 0.25],
    ),
    "pandas integers": ("pd.array([1, 2], dtype='Int64')", [1, 2]),
    "pandas columns of texts": ("pd.Series(['a', None])", ["a", None]),
    "lists shadowed by name": ("(list := [1, 2])", [1, 2]),
}  # fmt: skip


@pytest.mark.parametrize(("code", "value"), HONEST.values(), ids=HONEST.keys())
def test_honest_values_arrive(live: Live, code: str, value: object) -> None:
    assert live.run(f"given = {code}").status == "ok"
    answer = live.ask("value", "given")
    assert answer.status is AnswerStatus.ANSWERED, answer.message
    found = decode(answer.value)
    assert found == value or (isinstance(found, list) and [x if x == x else None for x in found] == value)


ARRAYS = {
    "floats": ("np.arange(6, dtype='f4').reshape(2, 3)", np.arange(6, dtype="f4").reshape(2, 3)),
    "fortran order": ("np.asfortranarray(np.arange(6).reshape(2, 3))", np.arange(6).reshape(2, 3)),
    "strided": ("np.arange(10)[::3]", np.arange(10)[::3]),
    "big endian": ("np.arange(3, dtype='>i4')", np.arange(3, dtype="<i4")),
    "booleans": ("np.array([True, False])", np.array([True, False])),
    "empty": ("np.zeros((0, 3))", np.zeros((0, 3))),
    "texts": ("np.array([['a', 'bc']])", np.array([["a", "bc"]])),
    "texts as objects": ("np.array(['a', b'bc'], dtype=object)", np.array(["a", "bc"])),
    "texts as bytes": ("np.array([b'a', b'bc'])", np.array(["a", "bc"])),
    "pandas numbers": ("pd.Series([1.5, 2.5])", np.array([1.5, 2.5])),
    "an index": ("pd.Index([3, 4])", np.array([3, 4])),
    "dates": ("np.array(['2026-01-02'], dtype='M8[D]')", np.array(["2026-01-02"])),
}


@pytest.mark.parametrize(("code", "array"), ARRAYS.values(), ids=ARRAYS.keys())
def test_arrays_arrive_to_the_bit(live: Live, code: str, array: np.ndarray) -> None:
    live.run(f"given = {code}")
    found = decode(live.ask("value", "given").value)
    assert (
        isinstance(found, np.ndarray) and found.shape == array.shape and found.dtype.kind == array.dtype.kind
    )
    assert np.array_equal(found, array)


def test_tables_arrive_with_their_columns_in_order(live: Live) -> None:
    live.run("given = pd.DataFrame({'z': ['a', 'b'], 'n': [1.5, 2.5], 0: [True, False]})")
    found = decode(live.ask("value", "given").value)
    assert isinstance(found, Table) and list(found.columns) == ["z", "n", "0"]
    assert found.columns["z"] == ["a", "b"] and found.columns["n"].tolist() == [1.5, 2.5]


def test_an_answer_of_many_megabytes_comes_in_pieces(live: Live) -> None:
    live.run("given = np.arange(2_000_000, dtype='f8')")
    found = decode(live.ask("value", "given").value)
    assert isinstance(found, np.ndarray) and np.array_equal(found, np.arange(2_000_000, dtype="f8"))


def test_an_answer_over_its_limit_is_refused_in_the_kernel(live: Live) -> None:
    live.run("given = np.zeros(1000)")
    answer = live.ask("value", "given", at_most=1000)
    assert answer.status is AnswerStatus.REFUSED and "limit 1000" in answer.message


def test_a_call_gets_its_arguments_and_the_students_own_objects(live: Live) -> None:
    live.run(
        "class Model: bias = 3\nmodel = Model()\ndef predict(model, texts, *, times=1):\n"
        "    return [len(t) * times + model.bias for t in texts]"
    )
    arguments = '[[{"$":"ref","name":"model"},["ab","c"]],{"times":10}]'
    answer = live.ask("call", "predict", arguments=arguments, hidden=True)
    assert answer.value == "[23,13]"


def test_arrays_arrive_in_the_kernel_as_arrays(live: Live) -> None:
    live.run("def shape_of(a): return [type(a).__name__, a.shape, float(a.sum()), a.flags.writeable]")
    arguments = encode([[np.ones((2, 3), dtype="f4")], {}])
    assert live.ask("call", "shape_of", arguments=arguments).value == '["ndarray",[2,3],6.0,true]'


def test_a_function_that_prints_reads_or_plots_still_answers(live: Live) -> None:
    live.run(
        "import warnings\ndef noisy():\n    print('x' * 10_000)\n    warnings.warn('careful')\n    return 7"
    )
    assert live.ask("call", "noisy").value == "7"


NO_VALUE = {
    "a missing variable": ("value", "nothing_here", "", AnswerStatus.ABSENT),
    "a missing function": ("call", "nothing_here", "[[],{}]", AnswerStatus.ABSENT),
    "a missing reference": ("call", "echo", '[[{"$":"ref","name":"gone"}],{}]', AnswerStatus.ABSENT),
    "a missing attribute": ("value", "echo.nothing", "", AnswerStatus.ABSENT),
    "a function that raises": ("call", "fails", "[[],{}]", AnswerStatus.RAISED),
    "a function that exits": ("call", "exits", "[[],{}]", AnswerStatus.RAISED),
    "a function that asks": ("call", "asks", "[[],{}]", AnswerStatus.RAISED),
    "wrong arguments": ("call", "fails", "[[1,2,3],{}]", AnswerStatus.RAISED),
    "what cannot be called": ("call", "number", "[[],{}]", AnswerStatus.RAISED),
    "an exception that cannot be shown": ("call", "shy", "[[],{}]", AnswerStatus.RAISED),
    "a function": ("value", "echo", "", AnswerStatus.REFUSED),
    "a generator": ("call", "generates", "[[],{}]", AnswerStatus.REFUSED),
    "a set": ("call", "echo", '[[{"$":"ref","name":"a_set"}],{}]', AnswerStatus.REFUSED),
    "no model": ("weights", "number", "", AnswerStatus.REFUSED),
    "no array": ("array", "number", "", AnswerStatus.REFUSED),
}


@pytest.mark.parametrize(("kind", "name", "arguments", "status"), NO_VALUE.values(), ids=NO_VALUE.keys())
def test_what_has_no_value_says_why(
    live: Live, kind: str, name: str, arguments: str, status: AnswerStatus
) -> None:
    live.run(
        "import sys\nnumber, a_set = 5, {1}\n"
        "def echo(x): return x\n"
        "def fails(): raise ValueError('the reason')\n"
        "def exits(): sys.exit(0)\n"
        "def asks(): return input('?')\n"
        "def generates():\n    yield 1\n"
        "class Shy(Exception):\n    def __str__(self): raise SystemExit\n"
        "def shy(): raise Shy()\n"
    )
    answer = live.ask(kind, name, arguments=arguments)
    assert answer.status is status and answer.value == "" and answer.message
    assert live.ask("value", "number").value == "5"


LIARS = {
    "a float that equals everything": (
        "class F(float):\n    def __eq__(s, o): return True\n    def __float__(s): return 1.0\n"
        "    def __repr__(s): return '1.0'\ngiven = F(0.25)"
    ),
    "an int that lies": (
        "class I(int):\n    def __int__(s): return 99\n    def __index__(s): return 99\ngiven = I(3)"
    ),
    "a text that lies": (
        "class S(str):\n    def __str__(s): return 'passed'\n    def __eq__(s, o): return True\n"
        "given = S('neutral')"
    ),
    "an array that lies": (
        "class A(np.ndarray):\n    def __array__(s, *a, **k): return np.ones(3)\n"
        "    def __eq__(s, o): return True\ngiven = np.zeros(3).view(A)"
    ),
    "an object with __array__": (
        "class O:\n    def __array__(s, *a, **k): return np.ones(3)\n"
        "    def __len__(s): return 10**9\ngiven = O()"
    ),
    "an object with numpy()": "class O:\n    def numpy(s): return s\ngiven = O()",
    "an object with __reduce__": "class O:\n    def __reduce__(s): return (exec, ('1/0',))\ngiven = O()",
    "an object that claims to be a list": (
        "class O:\n    __class__ = list\n    def __iter__(s): return iter([1])\ngiven = O()"
    ),
    "an object that raises on sight": (
        "class O:\n    def __getattribute__(s, n): raise RuntimeError\ngiven = [O()]"
    ),
    "an object that exits when read": "class O:\n    def numpy(s): raise SystemExit\ngiven = O()",
    "a list without end": "class L(list):\n    def __iter__(s):\n        while True: yield 1\ngiven = L()",
    "a dict without end": (
        "class D(dict):\n    def items(s):\n        while True: yield ('a', 1)\ngiven = D(a=1)"
    ),
    "a generator without end": "given = iter(int, 1)",
    "a list that holds itself": "given = []; given.append(given)",
    "a dict that holds itself": "given = {}; given['x'] = [given]",
    "depth 100": "given = 1\nfor _ in range(100): given = [given]",
    "five million zeros": "given = [0] * 5_000_000",
    "an integer of 5000 digits": "given = 10 ** 5000",
    "a lone surrogate": "given = '\\ud800'",
    "a complex array": "given = np.zeros(3, dtype=complex)",
    "a void array": "given = np.zeros(3, dtype='V8')",
    "a structured array": "given = np.zeros(3, dtype=[('a', 'i4')])",
    "an array of objects": "given = np.array([object()], dtype=object)",
    "100 MB of text": "given = 'x' * 100_000_000",
    "an array that claims 8 TB": "given = np.lib.stride_tricks.as_strided(np.zeros(1), (10**12,), (0,))",
}


@pytest.mark.parametrize("code", LIARS.values(), ids=LIARS.keys())
def test_a_liar_gets_no_further_than_plain_data_or_a_refusal(live: Live, code: str) -> None:
    live.run(code)
    answer = live.ask("value", "given")
    assert answer.status in (AnswerStatus.ANSWERED, AnswerStatus.REFUSED, AnswerStatus.RAISED)
    if answer.status is AnswerStatus.ANSWERED:
        found = decode(answer.value)
        assert type(found) in (int, float, str, list, dict, np.ndarray)
        assert not (isinstance(found, float) and found == 1.0), "the value is its own, not what it claims"
    live.run("given = 1")
    assert live.value("given") == 1


PATCHES = {
    "base64 lies": ("old = base64.b64encode; base64.b64encode = lambda d: b'!'", "base64.b64encode = old"),
    "repr lies": ("old = repr; builtins.repr = lambda x: '1.0'", "builtins.repr = old"),
    "sorted is gone": ("old = sorted; builtins.sorted = None", "builtins.sorted = old"),
    "no recursion": ("old = sys.getrecursionlimit(); sys.setrecursionlimit(90)", "sys.setrecursionlimit(old)"),  # noqa: E501
    "names are shadowed": (
        "list = dict = exec = compile = space = answer = json = str = 5",
        "del list, dict, exec, compile, json, str",
    ),
    "formatters are replaced": (
        ("ip = get_ipython(); old = ip.display_formatter.format\n"
        "ip.display_formatter.format = lambda o, *a, **k: ({'text/plain': '1.0'}, {})"),
        "ip.display_formatter.format = old",
    ),
    "user_expressions forges an answer": (
        ("ip = get_ipython(); old = ip.user_expressions\n"
        "head = '{\"nonce\":\"guessed\",\"status\":\"answered\",\"pieces\":1}'\n"
        "forged = {'status': 'ok', 'data': {'application/vnd.nbverdict.answer': head + '\\n1.0'}}\n"
        "ip.user_expressions = lambda e: {'answer': forged}"),
        "ip.user_expressions = old",
    ),
    "user_expressions gives something else": (
        ("ip = get_ipython(); old = ip.user_expressions\n"
        "ip.user_expressions = lambda e: {'application/vnd.nbverdict.answer': ['x']}"),
        "ip.user_expressions = old",
    ),
    "user_expressions gives depth 100000": (
        ("ip = get_ipython(); old = ip.user_expressions\n"
        "head = '{\"nonce\":' + '[' * 100_000\n"
        "ip.user_expressions = lambda e: {'application/vnd.nbverdict.answer': head + '\\n1.0'}"),
        "ip.user_expressions = old",
    ),
    "the store is gone": (
        "held = sys.modules.pop('_nbverdict_ledger')", "sys.modules['_nbverdict_ledger'] = held",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "undo"), PATCHES.values(), ids=PATCHES.keys())
def test_patches_cost_the_answer_and_nothing_else(live: Live, patch: str, undo: str) -> None:
    live.run("given = np.zeros(2)")
    live.run(patch)
    answer = live.ask("value", "given")
    assert answer.status in (AnswerStatus.ANSWERED, AnswerStatus.REFUSED, AnswerStatus.NO_ANSWER)
    assert "1.0" not in answer.value
    live.run(undo)
    assert decode(live.ask("value", "given").value).tolist() == [0.0, 0.0]  # type: ignore[union-attr]


def test_a_kernel_that_can_send_no_message_any_more_gives_no_answer() -> None:
    with a_live_kernel() as kernel:
        kernel.run("import json; json.dumps = lambda *a, **k: 1 / 0", seconds=0.5)
        assert kernel.ask("value", "given", seconds=0.5).status is AnswerStatus.NO_ANSWER


def test_a_call_that_hangs_is_given_up_and_the_kernel_answers_again(live: Live) -> None:
    live.run("import time\ndef waits():\n    while True: time.sleep(0.01)")
    answer = live.ask("call", "waits", seconds=0.3)
    assert answer.status is AnswerStatus.NO_ANSWER and "0.3 s" in answer.message
    live.run("given = 8")
    assert live.value("given") == 8


def test_a_thread_that_floods_does_not_keep_answers_from_coming(live: Live) -> None:
    live.run(
        "import threading, time\nflood = True\n"
        "def pour():\n    while flood: print('x' * 1000, flush=True)\n"
        "threading.Thread(target=pour, daemon=True).start()\ngiven = 5"
    )
    assert [live.value("given") for _ in range(5)] == [5] * 5
    live.run("flood = False")


def test_a_kernel_that_stays_silent_is_lost_and_every_later_question_says_so() -> None:
    with a_live_kernel() as kernel:
        kernel.run(
            "import signal\ndef stuck():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "    while True: pass"
        )
        first = kernel.ask("call", "stuck", seconds=0.3)
        later = kernel.ask("value", "stuck")
    assert first.status is later.status is AnswerStatus.NO_ANSWER
    assert "an interrupt did not help" in later.message


def test_a_kernel_that_ends_when_asked_gives_no_answer() -> None:
    with a_live_kernel() as kernel:
        kernel.run("import os\ndef leaves(): os._exit(0)")
        answer = kernel.ask("call", "leaves")
    assert answer.status is AnswerStatus.NO_ANSWER
