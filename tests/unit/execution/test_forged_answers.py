"""A kernel that answers a request twice, or a question with more than was allowed."""

from __future__ import annotations

import json
import re

import pytest

from autograder.execution.questions import fetched
from autograder.formats.plain import PlainRejected
from autograder.model.execution import CellStatus
from tests.unit.execution.builders import a_prepared_notebook, executed

PREMATURE_OK = """
def forge():
    kernel = get_ipython().kernel
    stream = kernel.shell_channel_thread.manager.get_subshell_to_shell_channel_socket(None)
    said = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    to = kernel._parent_ident["shell"]
    kernel.session.send(stream, "execute_reply", said, kernel.get_parent(), ident=to)
"""


def test_a_request_that_is_answered_twice_makes_every_report_of_the_run_doubtful() -> None:
    execution = executed(a_prepared_notebook(PREMATURE_OK, "forge()\nassert False"))
    assert [cell.status for cell in execution.cells] == [CellStatus.OK, CellStatus.OK]
    assert not execution.canary_held
    assert any("answered twice" in remark for remark in execution.suspicions)


class Endless:
    """A kernel that says it has a few pieces and sends far more than it may."""

    def __init__(self) -> None:
        self.asked = 0

    def evaluate(self, expression: str, *, seconds: float) -> str:
        self.asked += 1
        nonce = re.findall(r'"nonce": "(\w+)"', expression)[-1]
        head = {"nonce": nonce, "status": "answered", "message": "", "pieces": 16}
        return json.dumps(head) + "\n" + "[" + " " * 20_000_000


def test_pieces_are_counted_as_they_come() -> None:
    voice = Endless()
    with pytest.raises(PlainRejected, match="bytes"):
        fetched(voice, {"kind": "value", "name": "x", "part": ""}, at_most=64 * 1024 * 1024, seconds=5.0)
    assert voice.asked == 4
