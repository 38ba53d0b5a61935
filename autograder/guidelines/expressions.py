"""Read expressions: what each may stand for, and the facts that it shows.

One walk serves all rules. Code is read, never run: a value computed at run time stays unknown. Depth and
number of nodes are limited; what is over a limit raises `OverBudget`.
"""

from __future__ import annotations

import ast

from autograder.guidelines import rows, strings
from autograder.guidelines.facts import Context, ContextKind, Function
from autograder.guidelines.guards import Guards, environment_variable
from autograder.guidelines.looking import KEY, OTHER, PROSE, TESTED
from autograder.guidelines.meaning import (
    DEFINED,
    FALSE,
    MOST_NUMBER,
    NOTHING,
    TRUE,
    Group,
    Meaning,
    Param,
    from_origin,
    joined,
    marks_in,
    members,
    merged,
    number_of,
    of_number,
    of_text,
    of_tokens,
    only_text,
)
from autograder.guidelines.scope import Scope


class Expressions(Guards):
    """Reads the expressions of one notebook or module, unit by unit."""

    def _constant(self, node: ast.Constant, context: Context | None) -> Meaning:
        value = node.value
        if isinstance(value, str):
            where = self.where(node)
            return self.recorded(of_text(value, where), context, where)
        if isinstance(value, bool):
            return from_origin(TRUE if value else FALSE)
        return of_number(value) if isinstance(value, int) and 0 <= value < MOST_NUMBER else NOTHING

    def _joined_text(self, node: ast.JoinedStr, context: Context | None) -> Meaning:
        where = self.where(node)
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                found = self.look(part.value, None)
                if part.format_spec is not None:
                    self.look(part.format_spec, None)
                number = number_of(found)
                parts.append(found if number is None else of_text(str(number), where))
            else:
                parts.append(self.look(part, None))
        return self.recorded(strings.combined(parts, "", where), context, where)

    def _name(self, node: ast.Name, context: Context | None) -> Meaning:
        found = self.named(node)
        self.use(found, node)
        if context is not None and context.kind is ContextKind.ARGUMENT:
            self.recorded(found, context, self.where(node))
        return found

    def _attribute(self, node: ast.Attribute, context: Context | None) -> Meaning:
        _, found = self.parts(node)
        self.use(found, node)
        simple = isinstance(node.value, (ast.Name, ast.Attribute))
        if context is not None and (context.kind is ContextKind.ARGUMENT or not simple):
            self.recorded(found, context, self.where(node))
        return found

    def _binary(self, node: ast.BinOp, context: Context | None) -> Meaning:
        steps: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            steps.append(left)
            left = left.left
            self.budget.take_node()
        found = self.look(left, self._part(left))
        where = self.where(node)
        for step in reversed(steps):
            right = self.look(step.right, self._part(step.right))
            if isinstance(step.op, ast.Add):
                found = strings.added(found, right, where)
            elif isinstance(step.op, ast.Div):
                found = strings.slashed(found, right, where)
            elif isinstance(step.op, ast.Mod):
                found = strings.percent_formatted(found, right)
            else:
                found = of_tokens(found.tokens, right.tokens)
        return self.recorded(found, context, where)

    @staticmethod
    def _part(node: ast.expr) -> Context | None:
        # A text that is put together is recorded once, as a whole.
        return OTHER if isinstance(node, (ast.List, ast.Dict, ast.Set)) else None

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, context: Context | None) -> Meaning:
        group = Group()
        tokens = []
        for at, element in enumerate(node.elts):
            meaning = self.look(element, context)
            tokens.append(meaning.tokens)
            if at < 200 and (meaning.values or meaning.origins or meaning.tokens):
                group.items[at] = meaning
        tokens.append(rows.of_texts(node.elts))
        return Meaning(values=(group,), tokens=joined(*tokens)) if group.items else of_tokens(*tokens)

    def _mapping(self, node: ast.Dict, context: Context | None) -> Meaning:
        group = Group()
        tokens = []
        for key, value in zip(node.keys, node.values, strict=True):
            name = only_text(self.look(key, KEY)) if key is not None else None
            use = Context(ContextKind.ASSIGNED, name.text) if name else context
            if context is PROSE:
                use = PROSE
            meaning = self.look(value, use)
            tokens.append(meaning.tokens)
            if len(group.items) < 200:
                group.items[name.text if name else getattr(key, "value", object())] = meaning
        tokens.append(rows.of_texts(node.values))
        return Meaning(values=(group,), tokens=joined(*tokens))

    def _subscript(self, node: ast.Subscript, context: Context | None) -> Meaning:
        base = self.look(node.value, None)
        if isinstance(node.slice, ast.Slice):
            self.children(ast.iter_child_nodes(node.slice))
            turned = strings.reversed_text(node.slice, base)
            return self.recorded(turned, context, self.where(node)) if turned else of_tokens(base.tokens)
        key = self.look(node.slice, KEY)
        known = only_text(key)
        if known is not None and "sys.modules" in base.origins:
            return from_origin(known.text)
        if known is not None and "os.environ" in base.origins:
            return environment_variable(known.text, self.where(node))
        index: object = known.text if known else getattr(node.slice, "value", None)
        found = NOTHING
        exact = bool(base.values)
        for value in base.values:
            inside = value.items.get(index) if isinstance(value, Group) else None
            exact = exact and inside is not None
            found = merged(found, inside if inside is not None else members(base))
        # What flowed into another member did not flow into this one.
        tokens = found.tokens
        if not exact:
            tested = rows.of_test(self, node, node.slice)
            tokens = joined(tokens, base.tokens, marks_in(key.tokens), tested)
        found = Meaning(found.origins, found.values, tokens)
        if context is not None and context.kind is ContextKind.ARGUMENT:
            self.recorded(found, context, self.where(node))
        return found

    def _assigned(self, node: ast.NamedExpr, context: Context | None) -> Meaning:
        found = self.look(node.value, Context(ContextKind.ASSIGNED, node.target.id))
        self.bind(node.target.id, found, certain=False)
        return found

    def _starred(self, node: ast.Starred, context: Context | None) -> Meaning:
        return self.look(node.value, context)

    def _lambda(self, node: ast.Lambda, context: Context | None) -> Meaning:
        plain = (*node.args.posonlyargs, *node.args.args)
        names = tuple(argument.arg for argument in (*plain, *node.args.kwonlyargs))
        number = len(self.facts.functions)
        function = self.facts.functions[number] = Function("__lambda__", names)
        known = zip(reversed(plain), reversed(node.args.defaults), strict=False)
        for argument, default in (*known, *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)):
            if default is not None:
                function.given[argument.arg] = [self.look(default)]
        inside = {name: Meaning(values=(Param(number, name),)) for name in names}
        self.scope = Scope(parent=self.scope, names=dict(inside))
        found = self.look(node.body)
        self.scope = self.scope.parent or self.scope
        return Meaning(
            origins=frozenset((f"{DEFINED}{number}",)),
            tokens=joined(
                found.tokens,
                rows.of_lambda(self, node),
                *(m.tokens for g in function.given.values() for m in g),
            ),
        )

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, context: Context | None
    ) -> Meaning:
        self.scope = Scope(parent=self.scope)
        kept = frozenset[str]()
        for loop in node.generators:
            self.bind_target(loop.target, members(self.look(loop.iter)), certain=True)
            for test in loop.ifs:
                self.look(test, TESTED)
                kept = joined(kept, rows.of_test(self, node, test))
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        found = [self.look(part, context) for part in parts]
        self.scope = self.scope.parent or self.scope
        tokens = joined(kept, *(meaning.tokens for meaning in found))
        known = found[-1]
        return (
            Meaning(values=(Group({0: known}),), tokens=tokens)
            if known.values or known.origins
            else of_tokens(tokens)
        )


Expressions.handlers = {
    ast.Constant: Expressions._constant,
    ast.JoinedStr: Expressions._joined_text,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.BinOp: Expressions._binary,
    ast.List: Expressions._sequence,
    ast.Tuple: Expressions._sequence,
    ast.Set: Expressions._sequence,
    ast.Dict: Expressions._mapping,
    ast.Subscript: Expressions._subscript,
    ast.Compare: Expressions._compare,
    ast.BoolOp: Expressions._boolean,
    ast.UnaryOp: Expressions._unary,
    ast.IfExp: Expressions._choice,
    ast.NamedExpr: Expressions._assigned,
    ast.Starred: Expressions._starred,
    ast.Lambda: Expressions._lambda,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
}
