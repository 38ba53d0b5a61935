"""Whatever a notebook holds, looking at it ends soon and raises nothing."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.guidelines.calls import CodeReader
from autograder.guidelines.engine import inspect
from autograder.guidelines.parsing import Budget, Problem, parse
from autograder.guidelines.registry import RULES
from autograder.guidelines.shell import commands, installed, interpolated, program_of
from autograder.guidelines.statements import OUR_FAULT
from autograder.model.assignment import AssetNeeds, Assignment
from autograder.model.results import Finding
from autograder.model.submission import Submission

Look = Callable[..., Finding | None]
SECONDS = 3.0

DEEP = {
    "minus": "-" * 100_000 + "1",
    "dots": "a" + ".b" * 100_000,
    "calls": "a" + "()" * 5_000,
    "method chain": "a" + ".b()" * 3_000,
    "subscripts": "a" + "[0]" * 3_000,
    "plus": "'a'" + "+'b'" * 3_000,
    "brackets": "[" * 150 + "]" * 150,
    "dicts": "{1:" * 90 + "2" + "}" * 90,
    "lambdas": "lambda:" * 80 + "1",
    "conditions": "if x:\n pass\n" + "elif x:\n pass\n" * 2_000,
    "nested ifs": "".join(" " * at + "if x:\n" for at in range(95)) + " " * 95 + "pass",
    "nested functions": "".join(" " * at + f"def f{at}():\n" for at in range(95)) + " " * 95 + "pass",
    "nested classes": "".join(" " * at + f"class C{at}:\n" for at in range(95)) + " " * 95 + "x = 1",
    "nested try": "".join(" " * at + "try:\n" for at in range(20)) + " " * 20 + "pass",
    "comprehensions": "[" * 60 + "1" + " for x in y]" * 60,
    "f-strings": "f'{x}'" * 2_000,
    "exec of exec": "exec(" + repr("exec(" + repr("exec('import torch\\ntorch.x()')") + ")") + ")",
    "exec of itself": "s = 'exec(s)'\nexec(s)",
    "magics": "!ls\n" * 5_000,
    "magics in magics": "%%time\n" * 50 + "x = 1",
    "bare commands": "pip install x\n" * 500,
    "help": "a.b" * 2_000 + "?",
    "long shell": "!" + "a " * 4_000,
    "open quotes": "!echo '" + "x" * 5_000,
    "parentheses": "(" * 10_000,
    "format": "'" + "{}" * 1_500 + "'.format(" + "x," * 1_500 + ")",
    "percent": "'" + "%s" * 1_500 + "' % (" + "x," * 1_500 + ")",
    "doubling": "s = 'a' * 9\n" + "s = s + s\n" * 200 + "open(s)",
    "doubling texts": "s = 'abcdefgh'\n" + "s = s + s\n" * 200 + "open(s)",
    "doubling lists": "s = ['a', 'b']\n" + "s = [s, s, s]\n" * 300,
    "many values": "\n".join(f"if x: s = 'text{at}'" for at in range(1_500)),
    "many names": "\n".join(f"n{at} = 'name{at}' + n{at - 1}" for at in range(1, 2_000)),
    "many functions": "\n".join(f"def f{at}(a): return f{at - 1}(a)" for at in range(1, 1_500)),
    "recursion": "def f(a):\n return g(a)\ndef g(a):\n return f(a)\nf('ProsusAI/finbert')\nX.from_pretrained(f)",
    "own parameter": "def f(a):\n f(a)\n X.from_pretrained(a)\nf('ProsusAI/finbert')",
    "self attributes": "class A:\n def f(self):\n  self.a = self\n  self.a.a.a.a = self.a\n" * 200,
    "attribute writes": "class A: pass\n" + "".join(f"A.a{at} = 'x{at}'\n" for at in range(2_000)),
    "null": "x = 1\0",
    "strange spaces": "\x0c\x0b\u2028x = 1\u2029",
    "tabs": "\t\tx = 1\n\ty = 2",
    "unicode names": "ﬁ = 'a'\nprint(fi)",
    "star imports": "\n".join(f"from m{at} import *" for at in range(500)) + "\nprint(Q)",
    "imports": "\n".join(f"import m{at}.a.b as x{at}" for at in range(2_000)),
    "walrus": "(" + ":= ".join(f"(a{at} " for at in range(50)) + ")" * 51,
    "big number": "x = " + "9" * 4_000,
    "huge cell": "x = 1\n" * 100_000,
    "writefile": "%%writefile a.py\nimport a\nfrom a import *\nimport b",
    "braces": "!echo " + "{" * 3_000,
    "dollars": "!echo " + "$a" * 3_000,
    "match": "match x:\n" + " case 1:\n  pass\n" * 1_000,
    "decorators": "@a\n" * 500 + "def f(): pass",
    "global": "def f():\n global a\n a = 'x'\n" * 500,
    "type hints": "x: " + "list[" * 80 + "int" + "]" * 80,
    "loads": "a = np.load('x.npy')\nb.assign(a)\n" * 1_000,
    "loads and saves": "m.load_weights(f'{x}.h5')\nm.save_weights(f'{y}.h5')\n" * 800,
    "reads": "\n".join(f"d{at} = pd.read_csv('{at}.csv')\nd{at}.to_csv('{at}x.csv')" for at in range(800)),
    "fits": "d = pd.read_csv('a.csv')\n" + "part1_all.fit(d)\n" * 1_500,
    "labels": "d = pd.read_csv('a.csv')\n" + "d['label'] = 1\npart1_all.fit(d)\n" * 700,
    "filters": "d = d[d.label != 1]\n" * 1_500,
    "splits": "a, b, c, d = train_test_split(a, b)\n" * 1_000,
    "lora": "".join(
        f"def build{at}(self): # lora\n self.a = Dense(1, use_bias=False)\n" for at in range(900)
    ),
    "comments": "# a word or two of prose in a comment that goes on and on\n" * 3_000,
    "downloads": "!wget https://a/b.zip\n" * 400,
    "tuple targets": "(" * 90 + "a," + ")," * 89 + ") = b",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_cell_made_to_exhaust_us_is_read_or_named(
    submission: Callable[..., Submission], assignment: Callable[..., Assignment], name: str
) -> None:
    begun = time.process_time()
    cells = DEEP[name], "open('/home/jane/x')\nexec('import torch\\ntorch.ones(1)')"
    rules = assignment(*(name for name in RULES if name != "readable"), contract=("part1_all", "f1"))
    known = replace(rules, assets=AssetNeeds(datasets=("financial_phrasebank",)))
    found = inspect(submission(*cells, files={"x.npy": b"", "w.h5": b""}), None, known)
    assert {"torch", "paths"} <= {finding.rule for finding in found}
    assert not any(OUR_FAULT in finding.message for finding in found)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", ["minus", "magics", "help", "huge cell", "bare commands"])
def test_a_limit_that_was_hit_is_said(
    submission: Callable[..., Submission], assignment: Callable[..., Assignment], name: str
) -> None:
    (finding,) = inspect(submission(DEEP[name]), None, assignment())
    assert finding.rule == "readable" and "a person" in finding.message


def test_code_behind_a_cell_that_cannot_be_read_is_still_read(look: Look) -> None:
    finding = look("torch", DEEP["minus"], DEEP["magics"], "import torch\ntorch.ones(1)")
    assert finding is not None and finding.places[0].cell == 2


def test_very_much_code_ends_at_the_limit(look: Look) -> None:
    begun = time.process_time()
    look("torch", *("\n".join(f"a{at} = f(b, 'c', [1, 2, x.y])" for at in range(2_000)) for _ in range(40)))
    assert time.process_time() - begun < SECONDS


pieces = st.sampled_from(
    [
        "import torch", "from x import *", "x = '/home/a'", "def f(a, *b, c=1, **d):", " ", "\n", "    ", "!ls {a}",
        "%cd x", "%%bash", "if IN_COLAB:", "else:", "try:", "except:", "f'{a}/{b!r:>{c}}'", "[x for x in y if z]",
        "lambda q: q", "exec('a = 1')", "pip install x", "class A(B):", "@d", "a.b.c(d)[e]", "(", ")", "{", "}", "'",
        '"""', "\\", "?", "%", "=", "==", ":=", "async def g():", "await h", "yield", "return", "match a:", "case 1:",
        "global a", "del a", "assert b, c", "raise d", "with e as f:", "for g in h:", "*", "**", ",", "os.environ['A']",
        "import os", "sys.path.append('/x')", "__import__('torch')", "Path('/a') / 'b'", "'a' % b", "'{}'.format(c)",
        "get_ipython().system('x')", "X.from_pretrained('finbert')", "m.fit(a)", "\u2028", "\t", "0", "#", ";", "<", "|",
    ]
)  # fmt: skip
cells = st.lists(st.lists(pieces | st.text(max_size=4), max_size=25).map("".join), max_size=4)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells)
def test_any_cells_give_findings_and_nothing_else(
    submission: Callable[..., Submission], assignment: Callable[..., Assignment], cells: list[str]
) -> None:
    rules = [name for name in RULES if name != "readable"]
    handed_in = submission(*(cell.encode("utf-8", "ignore").decode() for cell in cells))
    found = inspect(handed_in, None, assignment(*rules, contract=("a", "f")))
    assert all(isinstance(finding, Finding) and OUR_FAULT not in finding.message for finding in found)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.text(max_size=80))
def test_any_text_is_parsed_or_a_problem(text: str) -> None:
    found = parse(text, Budget())
    assert isinstance(found, Problem) or found.body is not None


@given(st.text(max_size=60))
def test_any_shell_line_has_words(text: str) -> None:
    for _, words in commands(interpolated(text, lambda name: name)):
        program, rest, _ = program_of(words)
        installed(program, rest)


def test_a_limit_inside_a_loop_leaves_the_rest_as_it_was(look: Look) -> None:
    deep = (
        "a = [[x for q in f("
        + "(" * 150
        + "q"
        + ")" * 150
        + ")] for torch in "
        + "g(" * 125
        + "z"
        + ")" * 125
        + "]"
    )
    finding = look("torch", "import torch", deep + "\nb = torch.ones(1)")
    assert finding is not None and finding.places[0].line == 2


def test_a_fault_of_ours_is_told_to_a_person(
    submission: Callable[..., Submission],
    assignment: Callable[..., Assignment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(CodeReader.statements, ast.AugAssign, fails)
    found = inspect(submission("x += 1\nimport torch\ntorch.ones(1)"), None, assignment("torch"))
    assert [finding.rule for finding in found] == ["torch", "readable"]
    assert OUR_FAULT in found[1].message and "a person" in found[1].message
