"""Read statements from top to bottom: what is imported, bound, defined and guarded.

Both branches of a choice are read. Code is read, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from autograder.guidelines import rows, strings
from autograder.guidelines.expressions import Expressions
from autograder.guidelines.facts import Context, ContextKind, Import, Unread
from autograder.guidelines.guards import imports_colab
from autograder.guidelines.looking import OTHER, PROSE, TESTED
from autograder.guidelines.meaning import (
    NOTHING,
    OFF_COLAB,
    ON_COLAB,
    from_origin,
    members,
    merged,
    of_tokens,
)
from autograder.guidelines.parsing import MOST_DEPTH, OverBudget, Problem, parse
from autograder.guidelines.scope import Scope

_MOST_NESTED: Final = 4
_ENDS: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_MOST_KEPT: Final = 20
OUR_FAULT: Final = "the program that reads it failed"
"""Begins the reason for code that a fault of ours left unread."""


class Statements(Expressions):
    """Reads statements."""

    statements: ClassVar[dict[type[ast.AST], Callable[..., None]]] = {}
    nesting = 0
    leaves = False

    def code(self, source: str, *, quiet: bool = False) -> None:
        """Read a piece of code. `quiet` is for text that may be no Python at all."""
        tree = parse(source, self.budget)
        if isinstance(tree, Problem):
            if not quiet or tree.limit:
                place = ast.Pass(lineno=tree.line, col_offset=0)
                self.facts.unread.append(Unread(tree.reason, self.where(place), tree.limit))
            return
        self.block(tree.body)

    def nested(self, source: str, *, line: int, offset: int | None = None, quiet: bool = True) -> None:
        """Read code inside code: every line of it stands at `line`, or lines count on from `offset`."""
        if self.nesting >= _MOST_NESTED:
            return
        before = self.offset, self.fixed_line
        self.nesting += 1
        self.offset, self.fixed_line = (offset, 0) if offset is not None else (0, line)
        try:
            self.code(source, quiet=quiet)
        finally:
            self.nesting -= 1
            self.offset, self.fixed_line = before

    def block(self, body: Sequence[ast.stmt]) -> None:
        """Read statements one after the other."""
        before = self.guarded
        state = self.scope, self.certain, self.function, self.in_class
        for statement in body:
            guarded = self.guarded
            try:
                self.statement(statement)
            except Exception as error:
                # What stops the reader must not stop the grading: a person is told instead.
                self.scope, self.certain, self.function, self.in_class = state
                self.guarded, self.leaves = guarded, False
                self.facts.unread.append(Unread(_why(error), self.where(statement), True))
                if self.budget.nodes < 0:
                    break
            self.guarded, self.leaves = self.guarded or self.leaves, False
        self.guarded = before

    def statement(self, node: ast.stmt) -> None:
        """Read one statement."""
        self.budget.take_node()
        if self.depth >= MOST_DEPTH:
            raise OverBudget("it is nested too deep")
        handler = self.statements.get(type(node))
        self.depth += 1
        try:
            if handler is not None:
                handler(self, node)
            else:
                self._other(node)
        finally:
            self.depth -= 1

    def _other(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.look(child)

    def branch(self, body: Sequence[ast.stmt], *, guarded: bool = False) -> None:
        """Read statements that may not run."""
        before = self.certain, self.guarded
        self.certain, self.guarded = False, self.guarded or guarded
        self.block(body)
        self.certain, self.guarded = before

    def expression(self, node: ast.Expr) -> None:
        """Read an expression that stands alone."""
        value = node.value
        if isinstance(value, ast.Constant):
            return
        found = self.look(value)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            self.mark(value.func, found.tokens)

    def _assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        value = self.look(node.value, Context(ContextKind.ASSIGNED, _name_of(target)))
        if self.tells(node.value, value) == ON_COLAB:
            value = merged(value, from_origin(ON_COLAB))
        for each in node.targets:
            self.bind_parts(each, node.value, value)
            self.relabelled(each, node.value, value)
        self.chosen(node.targets, node.value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self.look(node.annotation, TESTED)
        if node.value is not None:
            self.bind_target(
                node.target, self.look(node.value, Context(ContextKind.ASSIGNED, _name_of(node.target)))
            )

    def _augmented(self, node: ast.AugAssign) -> None:
        target = self.parts(node.target)[1] if isinstance(node.target, ast.Attribute) else NOTHING
        path = "sys.path" in target.origins
        use = Context(ContextKind.ARGUMENT, "sys.path.append") if path else OTHER
        added = self.look(node.value, use if not isinstance(node.target, ast.Name) or path else None)
        if isinstance(node.target, ast.Name):
            before = self.scope.get(node.target.id) or NOTHING
            where = self.where(node)
            made = strings.added(before, added, where) if isinstance(node.op, ast.Add) else before
            self.recorded(made, Context(ContextKind.ASSIGNED, node.target.id), where)
            self.bind(node.target.id, merged(made, of_tokens(before.tokens, added.tokens)))
        else:
            if "os.environ" in target.origins:
                self.environment_of(added, self.where(node))
            self.mark(node.target, added.tokens)

    def _imports(self, node: ast.Import) -> None:
        for alias in node.names:
            if self.modules.scope(alias.name) is None:
                self.facts.imports.append(Import(alias.name, self.where(node)))
            name = alias.asname or alias.name.partition(".")[0]
            self.bind(name, from_origin(alias.name if alias.asname else name))

    def _imports_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        inside = self.modules.scope(module) if module else None
        for alias in node.names:
            full = f"{module}.{alias.name}" if module else alias.name
            if inside is None and self.modules.scope(full) is None:
                self.facts.imports.append(Import(module if alias.name == "*" else full, self.where(node)))
            if alias.name == "*":
                self.starred_import(module, inside)
                continue
            found = inside.get(alias.name) if inside is not None else None
            if found is None:
                found = from_origin(full)
            self.bind(alias.asname or alias.name, found)

    def starred_import(self, module: str, inside: Scope | None) -> None:
        """Bind every name of a module."""
        if inside is not None:
            for name, meaning in list(inside.names.items()):
                self.bind(name, meaning)
        elif len(self.scope.starred) < _MOST_KEPT:
            self.scope.starred.append(module)

    def _if(self, node: ast.If) -> None:
        before, arms = self.guarded, self.arms
        outside = arms
        ends = not node.orelse and isinstance(node.body[-1], _ENDS)
        while True:
            calls = len(self.facts.calls)
            test = self.look(node.test, TESTED)
            mark = self.tells(node.test, test)
            body, other = self.arms_of(node, test, self.facts.calls[calls:])
            self.arms = (*arms, body)
            self.branch(node.body, guarded=mark == ON_COLAB)
            arms = self.arms = (*arms[-_MOST_KEPT:], other)
            self.guarded = self.guarded or mark == OFF_COLAB
            following = node.orelse[0] if len(node.orelse) == 1 else None
            if not isinstance(following, ast.If):
                break
            self.budget.take_node()
            node = following
        self.branch(node.orelse)
        self.guarded, self.arms = before, outside
        # What follows `if not IN_COLAB: return` runs on Colab only.
        self.leaves = ends and mark == OFF_COLAB

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        # Texts of a list that is written out are recorded where they are used.
        context = None if isinstance(node.iter, (ast.List, ast.Tuple)) else OTHER
        self.bind_target(node.target, members(self.look(node.iter, context)), certain=True)
        self.branch(node.body)
        rows.of_loop(self, node)
        self.branch(node.orelse)

    def _while(self, node: ast.While) -> None:
        self.look(node.test, TESTED)
        self.branch(node.body)
        self.branch(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            found = self.look(item.context_expr)
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, found)
        self.block(node.body)

    def _try(self, node: Any) -> None:
        guarded = any(imports_colab(statement) for statement in node.body)
        self.branch(node.body, guarded=guarded)
        self.branch(node.orelse, guarded=guarded)
        for handler in node.handlers:
            if handler.type is not None:
                self.look(handler.type, TESTED)
            self.branch(handler.body)
        self.branch(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self.look(node.subject)
        for case in node.cases:
            if case.guard is not None:
                self.look(case.guard, TESTED)
            self.branch(case.body)

    def _returns(self, node: ast.Return) -> None:
        found = self.look(node.value)
        if self.function >= 0:
            function = self.facts.functions[self.function]
            function.returns = merged(function.returns, found)

    def _raises(self, node: ast.Raise) -> None:
        self.look(node.exc, PROSE)
        self.look(node.cause, PROSE)

    def _asserts(self, node: ast.Assert) -> None:
        self.look(node.test, TESTED)
        self.look(node.msg, PROSE)

    def _outer_names(self, node: ast.Global | ast.Nonlocal) -> None:
        if self.scope.parent is not None:
            self.scope.outer.update(node.names)


def _why(error: Exception) -> str:
    if isinstance(error, OverBudget):
        return error.reason
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return f"{OUR_FAULT} ({type(error).__name__})"


def _name_of(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    key = target.slice if isinstance(target, ast.Subscript) else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


Statements.statements = {
    ast.Expr: Statements.expression,
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.Import: Statements._imports,
    ast.ImportFrom: Statements._imports_from,
    ast.If: Statements._if,
    ast.For: Statements._loop,
    ast.AsyncFor: Statements._loop,
    ast.While: Statements._while,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Try: Statements._try,
    ast.TryStar: Statements._try,
    ast.Match: Statements._match,
    ast.Return: Statements._returns,
    ast.Raise: Statements._raises,
    ast.Assert: Statements._asserts,
    ast.Global: Statements._outer_names,
    ast.Nonlocal: Statements._outer_names,
}
