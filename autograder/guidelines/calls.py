"""Read calls: imports made by functions, texts put together, commands given to the shell.

Every call becomes a fact with what its arguments may be. What a call of an unknown function returns is
unknown, but for what flowed into it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from autograder.guidelines import rows, strings
from autograder.guidelines.commands import Commands
from autograder.guidelines.facts import Call, Context, ContextKind, Import
from autograder.guidelines.flows import marks_of
from autograder.guidelines.guards import colab_word, environment_variable
from autograder.guidelines.meaning import (
    DEFINED,
    GET_SHELL,
    NOTHING,
    ON_COLAB,
    SHELL,
    UNKNOWN,
    Group,
    Known,
    Meaning,
    Param,
    Value,
    from_origin,
    joined,
    members,
    merged,
    of_text,
    only_text,
    texts,
)
from autograder.guidelines.places import Where

_IMPORTERS: Final = frozenset(
    {"importlib.import_module", "__import__", "importlib.__import__", "builtins.__import__"}
)
_GET_SHELL: Final = frozenset({"IPython.get_ipython", "IPython.core.getipython.get_ipython"})
_EXISTENCE: Final = frozenset({"os.path.exists", "os.path.isdir", "os.path.isfile"})
_OBJECTS: Final = frozenset({"types.SimpleNamespace", "dict", "argparse.Namespace", "easydict.EasyDict"})
_COPIES: Final = frozenset(
    {"list", "tuple", "set", "sorted", "reversed", "iter", "tqdm.tqdm", "tqdm.auto.tqdm"}
)
_TEXT_METHODS: Final = frozenset(
    {"format", "join", "lower", "upper", "casefold", "strip", "lstrip", "rstrip", "replace"}
)
_FOLDS: Final = strings.JOINS | strings.PATH_TYPES | strings.SAME_TEXT | strings.HOMES
_SETTERS: Final = frozenset({"os.putenv", "os.environ.setdefault", "os.environ.__setitem__"})


@dataclass(frozen=True, slots=True)
class Parts:
    """A call in pieces, each already read."""

    call: Call
    callee: Meaning
    context: Context | None

    @property
    def first(self) -> Meaning:
        """The first positional argument."""
        return self.call.arguments[0] if self.call.arguments else NOTHING


class CodeReader(Commands):
    """Reads all code of one notebook or module."""

    def _call(self, node: ast.Call, context: Context | None) -> Meaning:
        func = node.func
        receiver = callee = NOTHING
        method = ""
        if isinstance(func, ast.Attribute):
            receiver, callee = self.parts(func)
            method = func.attr
            self.use(callee, func)
        elif isinstance(func, ast.Name):
            callee = self.named(func)
            method = func.id
            self.use(callee, func)
        else:
            callee = self.look(func)
        target = min((o for o in callee.origins if not o.startswith("<")), default="")
        if not target and isinstance(func, ast.Name) and not callee.origins:
            target = func.id
        folds = target in _FOLDS or (method in _TEXT_METHODS and bool(texts(receiver)))
        name = target or f".{method}"
        arguments = [
            self.look(argument, None if folds else Context(ContextKind.ARGUMENT, name, str(at)))
            for at, argument in enumerate(node.args)
        ]
        keywords = {
            word.arg or "": self.look(
                word.value, None if folds else Context(ContextKind.ARGUMENT, name, word.arg or "")
            )
            for word in node.keywords
        }
        self.spread(keywords)
        self.fitted(node, arguments, keywords)
        where = self.where(node)
        made = Call(target, method, tuple(arguments), keywords, receiver, where, _last_name(func))
        number = len(self.facts.calls)
        self.facts.calls.append(made)
        found = self.special(Parts(made, callee, context))
        if found is None:
            found = self.defined(made, callee)
        tokens = joined(
            marks_of(made, number, own=any(origin.startswith(DEFINED) for origin in callee.origins)),
            rows.of_call(self, node, made),
            callee.tokens,
            receiver.tokens,
            found.tokens,
            *(m.tokens for m in (*arguments, *keywords.values())),
        )
        sides = rows.of_split(made, number, tokens)
        if sides is not None:
            for whole in (*node.args, *((func.value,) if isinstance(func, ast.Attribute) else ())):
                self.mark(whole, frozenset((f"{rows.WHOLE}{number}>",)))
            return sides
        return Meaning(found.origins, found.values, tokens - {rows.PICKED} if method == "drop" else tokens)

    def special(self, parts: Parts) -> Meaning | None:
        """Return what a call that is followed gives, or None for any other."""
        call, first = parts.call, parts.first
        target, where = call.target, call.where
        if parts.callee.origins & {GET_SHELL} or target in _GET_SHELL:
            return from_origin(SHELL)
        if SHELL in call.receiver.origins:
            return self.shell_call(call)
        if target in _IMPORTERS:
            return self.imported(call.argument(0, "name"), where)
        if target in ("exec", "eval", "compile"):
            for known in texts(first):
                self.nested(known.text, line=where.line)
            return NOTHING
        if target == "getattr" and len(call.arguments) > 1 and (name := only_text(call.arguments[1])):
            found = self.modules.attribute(first, name.text)
            self.used(found, where)
            return found
        if target in ("globals", "locals", "vars") and not call.arguments:
            return Meaning(values=(Group(dict(self.scope.names)),))
        if target in ("os.environ.get", "os.getenv") and (name := only_text(first)):
            return merged(environment_variable(name.text, where), call.argument(1, "default") or NOTHING)
        if target == "json.loads" and (name := only_text(first)):
            return strings.from_json(name)
        if target in _EXISTENCE or call.method in ("exists", "is_dir", "find_spec", "startswith"):
            asked = (*texts(first), *texts(call.receiver))
            return from_origin(ON_COLAB) if any(colab_word(known.text) for known in asked) else NOTHING
        if target in _SETTERS and len(call.arguments) > 1 and (name := only_text(first)):
            self.environment(name.text, call.arguments[1], where)
            return None
        if target == "os.environ.update":
            self.updated(call)
            return None
        if target.startswith(("os.system", "os.popen", "subprocess.")):
            self.process(first if call.arguments else call.keywords.get("args", NOTHING), where)
            return None
        return self.folded(parts)

    def folded(self, parts: Parts) -> Meaning | None:
        """Return the text or members a call puts together, or None."""
        call, first = parts.call, parts.first
        target, where, context = call.target, call.where, parts.context
        if target in strings.JOINS:
            return self.recorded(strings.combined(call.arguments, "/", where, is_path=True), context, where)
        if target in strings.PATH_TYPES:
            return self.recorded(strings.combined(call.arguments, "/", where, is_path=True), context, where)
        if target in strings.HOMES:
            return self.recorded(of_text("~", where, is_path=True), context, where)
        if target in strings.SAME_TEXT:
            about_path = target.startswith("os.path") and bool(texts(first))
            if about_path:
                found = Meaning(values=tuple(_as_path(value) for value in first.values))
                return self.recorded(found, context, where)
            return self.recorded(first, context, where)
        for receiver in texts(call.receiver)[:1]:
            if call.method == "joinpath":
                joined_path = (call.receiver, *call.arguments)
                return self.recorded(strings.combined(joined_path, "/", where, is_path=True), context, where)
            if receiver.is_path and call.method in strings.SAME_PATH_METHODS:
                return self.recorded(Meaning(values=(receiver,)), context, where)
            if call.method == "format":
                made = strings.brace_formatted(receiver, call.arguments, dict(call.keywords))
                return self.recorded(made, context, where)
            if (found_text := strings.method(call.method, receiver, call.arguments, where)) is not None:
                return self.recorded(found_text, context, where)
        if target == "functools.partial" and call.arguments:
            self.prepared(call)
            return None
        if target == "argparse.ArgumentParser":
            return Meaning(values=(Group(),))
        if target in _OBJECTS:
            return Meaning(values=(Group(dict(call.keywords)),))
        if target in _COPIES and call.arguments:
            return Meaning(values=first.values)
        if target == "enumerate" and call.arguments:
            return Meaning(values=(Group({0: Meaning(values=(Group({1: members(first)}),))}),))
        return self._of_group(call)

    def prepared(self, call: Call) -> None:
        """Record the call that `partial(f, x)` prepares."""
        for origin in call.arguments[0].origins:
            owner, _, method = origin.rpartition(".")
            if method and not origin.startswith("<"):
                made = Call(
                    origin,
                    method,
                    call.arguments[1:],
                    call.keywords,
                    NOTHING,
                    call.where,
                    owner.rpartition(".")[2],
                )
                self.facts.calls.append(made)

    @staticmethod
    def _of_group(call: Call) -> Meaning | None:
        for value in call.receiver.values:
            if not isinstance(value, Group):
                continue
            if call.method == "add_argument" and (option := only_text(call.first)):
                name = option.text.lstrip("-").replace("-", "_")
                value.items[name] = call.keywords.get("default", NOTHING)
                return NOTHING
            if call.method in ("parse_args", "parse_known_args"):
                return call.receiver
            key = only_text(call.arguments[0]) if call.arguments else None
            if call.method == "get" and key is not None:
                inside = value.items.get(key.text)
                return inside if inside is not None else members(call.receiver)
            if call.method == "values":
                return call.receiver
            if call.method == "items":
                return Meaning(values=(Group({0: Meaning(values=(Group({1: members(call.receiver)}),))}),))
            if call.method in ("keys", "copy"):
                return NOTHING if call.method == "keys" else call.receiver
        return None

    def defined(self, call: Call, callee: Meaning) -> Meaning:
        """Return what a function or class of the submission gives, and note what it was called with."""
        found = Meaning(values=tuple(value for value in callee.values if isinstance(value, Group)))
        for origin in callee.origins:
            number = origin.removeprefix(DEFINED)
            if origin == number or not number.isdigit():
                continue
            function = self.facts.functions[int(number)]
            names = function.parameters[1:] if function.is_method else function.parameters
            function.guarded_calls.append(self.guarded)
            for name, meaning in (*zip(names, call.arguments, strict=False), *call.keywords.items()):
                if (meaning.values or meaning.tokens) and len(function.given.setdefault(name, [])) < 20:
                    function.given[name].append(meaning)
            values = tuple(value for value in function.returns.values if not isinstance(value, Param))
            found = merged(found, Meaning(function.returns.origins, values))
        return found

    def imported(self, name: Meaning | None, where: Where) -> Meaning:
        """Return the module that a function imports by its name."""
        modules = [known.text.lstrip(".") for known in texts(name or NOTHING) if UNKNOWN not in known.text]
        for module in modules:
            self.facts.imports.append(Import(module, where))
            self.modules.scope(module)
        return from_origin(*modules) if modules else NOTHING

    def updated(self, call: Call) -> None:
        """Record the variables that `os.environ.update` sets."""
        for name, meaning in call.keywords.items():
            self.environment(name, meaning, call.where)
        for argument in call.arguments:
            self.environment_of(argument, call.where)

    def process(self, argument: Meaning, where: Where) -> None:
        """Read the command given to a function that starts a process."""
        for value in argument.values:
            if isinstance(value, Group):
                words = [only_text(meaning) for meaning in _in_order(value)]
                self.words(tuple(word.text if word else UNKNOWN for word in words), where)
            elif not isinstance(value, Param):
                self.shell_text(value.text, where)


def _last_name(func: ast.expr) -> str:
    before = func.value if isinstance(func, ast.Attribute) else None
    return before.id if isinstance(before, ast.Name) else getattr(before, "attr", "")


def _as_path(value: Value) -> Value:
    return Known(value.text, value.where, True) if isinstance(value, Known) else value


def _in_order(group: Group) -> list[Meaning]:
    places = sorted(key for key in group.items if isinstance(key, int))
    return [group.items[key] for key in places]


CodeReader.handlers = {**Commands.handlers, ast.Call: CodeReader._call}
