"""What otter's test cells and the stand-in for otter hold in the student's kernel, as text.

It runs beside the student's code, which can find and change it: results are `shared`. Every test cell carries
its own copy, so that a name a student happens to use changes nothing, and asks for built-ins by their module.
"""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = '''\
class _OtterExample:
    """An example of a test, run as doctest runs it. It equals the output that was wanted of it."""

    def __init__(self, names, source, options=0, error=False):
        import builtins, contextlib, io, sys, traceback

        self.names, self.source, self.options, self.error = names, source, options, error
        self.value, self.raised = "", None
        written, show = io.StringIO(), sys.displayhook

        def shown(value):
            if value is not None:
                text = "".join((builtins.repr(value), "\\n"))  # a plain str, whatever kind repr gave
                self.value = "".join((self.value, text))
                written.write(text)

        sys.displayhook = shown
        try:
            with contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
                builtins.exec(builtins.compile(source, "<otter test>", "single", 0, True), names)
        except builtins.KeyboardInterrupt:
            raise
        except builtins.BaseException as problem:
            self.raised = traceback.format_exception_only(builtins.type(problem), problem)[-1]
        finally:
            sys.displayhook = show
        self.printed = written.getvalue()

    def __eq__(self, wanted):
        if self.error:
            return self.raised is not None and self.same_error(wanted, self.raised)
        # What the code prints besides its value costs nothing: the value alone is enough.
        return self.raised is None and (self.same(wanted, self.printed) or self.same(wanted, self.value))

    def same(self, wanted, found):
        if wanted == found or self.options or "<BLANKLINE>" in wanted:
            return wanted == found or self.same_by_rules(wanted, found)
        return (wanted, found) in (("1\\n", "True\\n"), ("0\\n", "False\\n"))

    def same_by_rules(self, wanted, found):
        import doctest  # it takes a while, and few examples need it

        return doctest.OutputChecker().check_output(wanted, found, self.options)

    def same_error(self, wanted, found):
        import doctest

        if self.options & doctest.IGNORE_EXCEPTION_DETAIL:
            wanted, found = (
                text.partition("\\n")[0].partition(":")[0].rpartition(".")[2] for text in (wanted, found)
            )
        return self.same(wanted, found)

    def told(self, wanted):
        return f"{self.source}wanted: {wanted}\\nfound: {self.printed}{self.raised or ''}"


def _otter_names():
    import sys

    return {**sys._getframe(1).f_globals}


'''

FUNCTION: Final = """\
def _otter_run(source, path, function):
    import builtins, inspect, sys

    file, names = {}, sys._getframe(1).f_globals
    builtins.exec(builtins.compile(source, path, "exec", 0, True), file)
    wanted = inspect.signature(file[function]).parameters
    file[function](**{name: names if name == "env" else names.get(name) for name in wanted})


"""

SAID: Final = """\
def _otter_said(text):
    import builtins

    builtins.print(text)


"""

STAND_IN: Final = '''\
# A stand-in for otter, put here by the autograder. `grader.check(...)` runs nothing: the tests of a question
# run once, behind its last check, or at the end where nothing checks it. It knows public cases only.
def _otter_stand_in(questions, seed, variable, mark):
    import sys, types

    class Result:
        """What `check` gives back."""

        def __init__(self, question):
            self.name, self.public_cases = question, questions[question]

        def __repr__(self):
            cases = ", ".join(self.public_cases) or "none that is public"
            return f"{self.name}: its tests run behind this cell, or behind a later check ({cases})."

        summary = __repr__

    class Notebook:
        """Takes every call that otter's Notebook takes and does nothing."""

        def __init__(self, *given, **named):
            pass

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            return lambda *given, **named: None

        def check(self, question, global_env=None):
            if question not in questions:
                raise FileNotFoundError(f"Test {question} does not exist")
            return Result(question)

    class Case:
        """Stands for test_case."""

        def __init__(self, *given, **named):
            pass

        def __call__(self, function):
            return self

    def module(name, **members):
        made = sys.modules[name] = types.ModuleType(name)
        made.__path__ = []
        made.__dict__.update(members)
        return made

    notebook = module("otter.check.notebook", Notebook=Notebook)
    check = module("otter.check", notebook=notebook)
    test_files = module("otter.test_files", test_case=Case)
    export = module("otter.export", export_notebook=lambda *given, **named: None)
    module("otter", Notebook=Notebook, check=check, test_files=test_files, export=export, __version__="0")

    def seeded(info):
        if info.raw_cell.startswith((mark, "%%")):
            return
        if variable is not None:
            shell.user_ns[variable] = seed
            return
        import random

        random.seed(seed)
        try:
            import numpy
        except ImportError:
            return
        numpy.random.seed(seed)

    if seed is not None:
        from IPython.core.interactiveshell import InteractiveShell

        shell = InteractiveShell.instance()
        shell.events.register("pre_run_cell", seeded)


'''
