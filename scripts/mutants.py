"""Mutants of a module: the same source with one small change each.

mutmut knows the changes to operators, numbers, names and texts. What it lacks is added here:
conditions turned round, statements and arguments left out. Of mutmut's own, those are not used
that nearly always end in a TypeError, such as None for every value: they say little about tests.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import libcst as cst
from libcst import matchers
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

Operator = Callable[[Any], Iterable[cst.CSTNode]]


@dataclass(frozen=True)
class Mutant:
    """A change to one node of a module's source, which may turn out not to be Python."""

    module: str
    source: str
    line: int
    operator: str
    key: str
    """Tells mutants apart, and is the same while its statement is, whatever else changes."""
    wrapper: MetadataWrapper
    node: cst.CSTNode
    new: cst.CSTNode

    @cached_property
    def changed(self) -> str:
        """The source with the change in it."""
        return cast("cst.Module", self.wrapper.module.deep_replace(self.node, self.new)).code

    def __str__(self) -> str:
        old, new = self.source.splitlines(), self.changed.splitlines()
        _, _, _, *diff = difflib.unified_diff(old, new, n=0, lineterm="")
        return "\n".join([f"{self.module}:{self.line}: {self.operator}", *diff])


def mutants_of(module: str, source: str) -> list[Mutant]:
    """All mutants of the module, in the order of its lines."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    visitor = _Visitor(module, source, wrapper)
    wrapper.visit(visitor)
    return visitor.mutants


def sample(mutants: Iterable[Mutant], seed: int, count: int) -> list[Mutant]:
    """As many mutants as wanted, the same ones for a seed as long as their statements stay."""

    def order(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed} {mutant.key}".encode()).digest()

    chosen: list[Mutant] = []
    for mutant in sorted(mutants, key=order):
        if len(chosen) == count:
            break
        if _is_python(mutant.changed):
            chosen.append(mutant)
    return sorted(chosen, key=lambda mutant: (mutant.module, mutant.line))


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _turn_round(node: cst.If | cst.While | cst.CompIf) -> Iterator[cst.CSTNode]:
    """Do under a condition what is to be done without it."""
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def _leave_out_statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    left_out = matchers.Expr() | matchers.AugAssign() | matchers.Raise() | matchers.Return()
    if matchers.matches(node.body[0], left_out):
        yield node.with_changes(body=[cst.Pass()])


def _leave_out_argument(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Leave out a condition, a value, or whatever else has a name or neighbours of its kind."""
    has_many = matchers.matches(node.func, _VARIADIC)
    for place, argument in enumerate(node.args):
        if argument.keyword or (has_many and len(node.args) > 1):
            yield node.with_changes(args=[*node.args[:place], *node.args[place + 1 :]])


_VARIADIC = matchers.OneOf(
    *(
        pattern
        for name in ("where", "and_", "or_", "min", "max")
        for pattern in (matchers.Name(name), matchers.Attribute(attr=matchers.Name(name)))
    )
)

_OPERATORS: list[tuple[type, Operator]] = [
    (cst.BaseNumber, mutators.operator_number),
    (cst.BaseString, mutators.operator_string),
    (cst.Name, mutators.operator_name),
    (cst.AugAssign, mutators.operator_augmented_assignment),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.Call, mutators.operator_symmetric_string_methods_swap),
    (cst.Call, mutators.operator_unsymmetrical_string_methods_swap),
    (cst.Lambda, mutators.operator_lambda),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.IfExp, mutators.operator_if_exp),
    (cst.If, _turn_round),
    (cst.While, _turn_round),
    (cst.CompIf, _turn_round),
    (cst.SimpleStatementLine, _leave_out_statement),
    (cst.Call, _leave_out_argument),
]

_TEXT = matchers.SimpleString() | matchers.ConcatenatedString()
_MEANINGLESS = (
    matchers.Annotation()
    | matchers.Decorator()
    | matchers.Import()
    | matchers.ImportFrom()
    | matchers.SimpleStatementLine(body=[matchers.Expr(value=_TEXT)])  # a docstring
    | matchers.Call(func=matchers.Name("TypeVar"))
    | matchers.Assign(targets=[matchers.AssignTarget(target=matchers.Name("__all__"))])
)


class _Visitor(cst.CSTVisitor):
    """Makes the mutants of all nodes, but for those that only describe."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, module: str, source: str, wrapper: MetadataWrapper) -> None:
        super().__init__()
        self.mutants: list[Mutant] = []
        self._module = module
        self._source = source
        self._wrapper = wrapper
        self._seen: Counter[str] = Counter()

    def on_visit(self, node: cst.CSTNode) -> bool:
        if matchers.matches(node, _MEANINGLESS):
            return False
        for kind, operator in _OPERATORS:
            if isinstance(node, kind) and not self._is_left_alone(node):
                for new in operator(node):
                    self._add(node, new, operator.__name__)
        return True

    def _is_left_alone(self, node: cst.CSTNode) -> bool:
        """Sentences: their wording decides nothing."""
        if not isinstance(node, cst.SimpleString) or "r" in node.prefix:
            return False
        return " " in node.raw_value.strip()

    def _add(self, node: cst.CSTNode, new: cst.CSTNode, operator: str) -> None:
        module = self._wrapper.module
        line = self.get_metadata(PositionProvider, node).start.line
        before, after = module.code_for_node(node), module.code_for_node(new)
        text = self._source.splitlines()[line - 1].strip()
        name = operator.removeprefix("operator_").strip("_").replace("_", " ")
        key = f"{self._module}\n{text}\n{name}\n{before}\n{after}"
        self._seen[key] += 1
        self.mutants.append(
            Mutant(
                self._module,
                self._source,
                line,
                name,
                f"{key}\n{self._seen[key]}",
                self._wrapper,
                node,
                new,
            )
        )
