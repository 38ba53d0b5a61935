"""Read functions and classes of the submission where they are defined.

What a function is called with later is noted with the function, so that a value passed as an argument can be
followed into it. Inheritance between classes of the submission is not followed.
"""

from __future__ import annotations

import ast

from autograder.guidelines.facts import Context, ContextKind, Function
from autograder.guidelines.guards import colab_word
from autograder.guidelines.looking import PROSE, TESTED
from autograder.guidelines.meaning import (
    DEFINED,
    NOTHING,
    PARAMETER,
    Group,
    Meaning,
    Param,
    from_origin,
    joined,
    merged,
    without,
)
from autograder.guidelines.scope import Scope
from autograder.guidelines.statements import Statements


class Definitions(Statements):
    """Reads definitions."""

    def _function_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.look(decorator, PROSE)
        arguments = node.args
        plain = (*arguments.posonlyargs, *arguments.args)
        names = tuple(argument.arg for argument in (*plain, *arguments.kwonlyargs))
        known = zip(reversed(plain), reversed(arguments.defaults), strict=False)
        extra = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        defaults = {
            argument.arg: self.look(default, Context(ContextKind.ASSIGNED, argument.arg))
            for argument, default in (*known, *extra)
            if default is not None
        }
        for hint in (*(argument.annotation for argument in (*plain, *arguments.kwonlyargs)), node.returns):
            self.look(hint, TESTED)
        if isinstance(node, ast.FunctionDef):
            self.written[node.name] = node
        number = len(self.facts.functions)
        method = self.in_class is not None and not any(
            isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
            for decorator in node.decorator_list
        )
        function = Function(node.name, names, is_method=method)
        self.facts.functions[number] = function
        for name, default in defaults.items():
            function.given[name] = [default]
        inner = Scope(parent=self.scope.for_functions())
        for argument in (arguments.vararg, arguments.kwarg):
            if argument is not None:
                inner.names[argument.arg] = NOTHING
        for name in names:
            token = f"{PARAMETER}{number} {name}>"
            inner.names[name] = Meaning(values=(Param(number, name),), tokens=frozenset((token,)))
        if method and names and self.in_class is not None:
            inner.names[names[0]] = Meaning(values=(self.in_class,))
        before = self.scope, self.certain, self.function, self.in_class, self.guarded
        self.scope, self.certain, self.function, self.in_class = inner, True, number, None
        self.guarded = self.guarded or colab_word(node.name)
        self.block(node.body)
        self.scope, self.certain, self.function, self.in_class, self.guarded = before
        tokens = joined(*(found.tokens for found in inner.names.values()), function.returns.tokens)
        tokens = joined(tokens, *(found.tokens for found in defaults.values()))
        # What it is called with flows into what each call gives, not from one call into another.
        own = f"{PARAMETER}{number} "
        tokens = frozenset(token for token in tokens if not token.startswith(own))
        function.returns = without(function.returns, own)
        self.bind(node.name, Meaning(from_origin(f"{DEFINED}{number}").origins, (), tokens))

    def _class_definition(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.look(decorator, PROSE)
        bases = [self.look(base) for base in (*node.bases, *(word.value for word in node.keywords))]
        group = Group()
        before = self.scope, self.in_class
        self.scope, self.in_class = Scope(parent=self.scope, is_class=True), group
        self.block(node.body)
        for name, meaning in self.scope.names.items():
            group.items[name] = merged(group.items.get(name, NOTHING), meaning)
        tokens = joined(*(m.tokens for m in (*bases, *self.scope.names.values())))
        starts = self.scope.names.get("__init__", NOTHING).origins
        self.scope, self.in_class = before
        self.bind(node.name, Meaning(starts or from_origin(f"{DEFINED}class").origins, (group,), tokens))


Definitions.statements = {
    **Statements.statements,
    ast.FunctionDef: Definitions._function_definition,
    ast.AsyncFunctionDef: Definitions._function_definition,
    ast.ClassDef: Definitions._class_definition,
}
