"""The pytest plugin of the check process: finds the checks, runs one when told, reports one verdict.

pytest collects and runs as it always does; only what a check may name as an argument, what its return value
means, and in which order checks run is decided here. It does not keep a check from doing anything.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autograder.checks.api import DECLARED, Declared
from autograder.checks.asking import Asking
from autograder.checks.figures import collected
from autograder.checks.judge import Judge
from autograder.checks.reasons import verdict_of
from autograder.checks.rows import HoldoutRows
from autograder.checks.run import Run
from autograder.checks.student import Student
from autograder.checks.wire import ChannelClosed, Message
from autograder.model.evidence import Answer, AnswerStatus, JudgeCall, Question
from autograder.model.ids import CheckpointId


@dataclass
class Session:
    """The state of the check process: who listens, what is shared, and the check that runs now."""

    channel: Any
    folder: Path
    holdout: HoldoutRows | None
    hidden: frozenset[str]
    seconds: dict[str, float]
    items: dict[str, pytest.Function] = field(default_factory=dict)
    asking: Asking | None = None
    returned: object = None
    raised: BaseException | None = None
    report: str = ""

    def ask(self, question: Question, at: CheckpointId | None) -> Answer | None:
        """Ask the grading process, which asks the kernel or the evidence."""
        fields = {name: getattr(question, name) for name in Question.__dataclass_fields__}
        self.channel.send({"ask": fields, "at": at})
        answer = self.channel.receive()["answer"]
        return None if answer is None else _answer(answer)

    def call_judge(self, call: JudgeCall) -> Answer:
        """Have the grading process call the judge sandbox."""
        self.channel.send({"judge": {name: getattr(call, name) for name in JudgeCall.__dataclass_fields__}})
        return _answer(self.channel.receive()["answer"])

    def notebook_text(self) -> str:
        """Fetch the notebook as it was executed so far."""
        self.channel.send({"want": "notebook"})
        text = self.channel.receive()["notebook"]
        assert isinstance(text, str)
        return text


def _answer(fields: Message) -> Answer:
    return Answer(status=AnswerStatus(fields["status"]), value=fields["value"], message=fields["message"])


SESSION = pytest.StashKey[Session]()


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> Any:
    """Make a test of every marked function, whatever it is called."""
    if isinstance(collector, pytest.Module) and callable(obj) and _declared(obj) is not None:
        return [pytest.Function.from_parent(collector, name=name, callobj=obj)]
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Say what was found, then run the checks one by one as they are called for."""
    state = session.config.stash[SESSION]
    state.channel.send({"ready": _found(session, state)})
    while True:
        try:
            command = state.channel.receive()
        except ChannelClosed:
            return True
        state.channel.send({"result": _judge(state, command["run"])})


def _found(session: pytest.Session, state: Session) -> Message:
    """Sort the collected functions into checks, and functions that nobody will call."""
    twice, unmarked = [], []
    watch: dict[str, list[tuple[str, str]]] = {}
    for item in session.items:
        declared = _declared(getattr(item, "obj", None))
        if declared is None or not isinstance(item, pytest.Function):
            unmarked.append(item.nodeid)
        elif declared.id in state.items:
            twice.append(declared.id)
        else:
            state.items[declared.id] = item
            watch[declared.id] = list(declared.watch)
    broken = session.config.stash[BROKEN]
    return {"checks": watch, "twice": twice, "unmarked": unmarked, "broken": broken}


def _judge(state: Session, id: str) -> Message:
    item = state.items[id]
    state.asking = Asking(
        state.ask, hidden=id in state.hidden or "holdout" in item.fixturenames, seconds=state.seconds[id]
    )
    state.returned, state.raised, state.report = None, None, ""
    with collected() as figures:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return verdict_of(
        item.obj, returned=state.returned, raised=state.raised, report=state.report,
        figures=figures, unanswered=state.asking.unanswered,
    )  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    """Call the check and keep what it returns: a returned grade is no mistake here."""
    given = pyfuncitem.funcargs
    arguments = {name: given[name] for name in inspect.signature(pyfuncitem.obj).parameters if name in given}
    pyfuncitem.config.stash[SESSION].returned = pyfuncitem.obj(**arguments)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the exception and pytest's own words about it."""
    report = yield
    state = item.config.stash[SESSION]
    if call.excinfo is not None and state.raised is None:
        state.raised = call.excinfo.value
        state.report = report.longreprtext
        state.report += "".join(f"\n[{name}]\n{text}" for name, text in report.sections)
    return report


BROKEN = pytest.StashKey[dict[str, str]]()


class CollectErrors:
    """Remembers which check files could not be collected, and why."""

    def __init__(self, broken: dict[str, str]) -> None:
        self._broken = broken

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the reason of a file that did not import."""
        if report.failed:
            self._broken[report.nodeid] = report.longreprtext[-4000:]


def pytest_configure(config: pytest.Config) -> None:
    """Start to watch the collection."""
    config.stash[BROKEN] = {}
    config.pluginmanager.register(CollectErrors(config.stash[BROKEN]))


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """The student's notebook."""
    return Student(_asking(request))


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """What happened in the run."""
    state = request.config.stash[SESSION]
    declared = _declared(request.function)
    watched = frozenset(declared.watch if declared else ())
    return Run(_asking(request), watched=watched, notebook_text=state.notebook_text)


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """The judge sandbox."""
    state = request.config.stash[SESSION]
    return Judge(state.call_judge, state.folder, most_seconds=_asking(request).seconds)


@pytest.fixture(scope="session")
def holdout(request: pytest.FixtureRequest) -> HoldoutRows:
    """The withheld rows with their labels."""
    rows = request.config.stash[SESSION].holdout
    if rows is None:
        raise LookupError("the assignment has no [holdout]")
    return rows


def _asking(request: pytest.FixtureRequest) -> Asking:
    asking = request.config.stash[SESSION].asking
    assert asking is not None
    return asking


def _declared(function: object) -> Declared | None:
    found = getattr(function, DECLARED, None)
    return found if isinstance(found, Declared) else None
