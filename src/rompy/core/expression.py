"""Arithmetic on the variables of a dataset, written as text in a description.

The text is parsed and every part of it is checked against the short list of what arithmetic needs. Nothing in it is
ever executed as Python, so a description from elsewhere cannot run code.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import xarray as xr

Lookup = Callable[[str], Any]
"""Gives the value of a variable by its name."""
Value = Callable[[Lookup], Any]
"""A checked part of an expression: computes its value once the variables are known."""

_LONGEST = 2000
_DEEPEST = 50
"""Limits on an expression, characters and levels: far beyond any formula, far below what could hurt."""

_DATASET = "ds"
_MODULES = ("np", "numpy")
_CONSTANTS = {"pi": pi, "e": e, "nan": nan, "inf": inf}

_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
}
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

_ONE = (
    "abs absolute fabs sign sqrt square cbrt exp expm1 log log1p log2 log10 sin cos tan arcsin arccos arctan sinh cosh "
    "tanh arcsinh arccosh arctanh radians degrees deg2rad rad2deg floor ceil trunc rint isnan isfinite logical_not"
)
_TWO = "minimum maximum fmin fmax hypot arctan2 power fmod logical_and logical_or"
FUNCTIONS: Mapping[str, int] = {
    **dict.fromkeys(_ONE.split(), 1),
    **dict.fromkeys(_TWO.split(), 2),
    "where": 3,
    "clip": 3,
}
"""Functions that an expression may call, with their number of arguments. All work element by element as in numpy;
angles are in radians, ``where(condition, a, b)`` chooses and ``clip(a, low, high)`` limits."""


@dataclass(frozen=True)
class Expression:
    """A formula over the variables of a dataset: ``hypot(u10, v10)``, ``-elevation``, ``where(depth > 0, depth, nan)``.

    Variables are named as they are, or as ``ds.name`` or ``ds["name"]``; functions as they are or as ``np.sqrt``.
    """

    text: str
    name: str
    """What the formula defines, for messages."""
    _value: Value

    @classmethod
    def parse(cls, text: str, name: str = "expression") -> Expression:
        """Check a formula.

        Raises:
            ConfigError: it is no formula, or holds something other than arithmetic; the part is marked.
        """
        line = " ".join(text.split()) if isinstance(text, str) else ""
        if not line:
            raise ConfigError(f"{name}: the formula must be a text, not {text!r}")
        if len(line) > _LONGEST:
            raise ConfigError(f"{name}: a formula of {len(line)} characters is too long (at most {_LONGEST})")
        return cls(line, name, _Checker(line, name).check())

    def evaluate(self, ds: xr.Dataset) -> Any:
        """The value for the variables of ``ds``, as lazy as they are; a DataArray unless no variable is named.

        Attributes of the operands are dropped, as they would describe something else; ``comment`` holds the formula.

        Raises:
            DataError: a variable does not exist, or the variables do not allow the operation.
        """
        import xarray as xr

        def lookup(name: str) -> Any:
            if name in ds.variables:
                return ds[name]
            if name in _CONSTANTS:
                return _CONSTANTS[name]
            raise self._unknown_variable(name, ds)

        try:
            with xr.set_options(keep_attrs=False):
                value = self._value(lookup)
        except DataError:
            raise
        except (ArithmeticError, TypeError, ValueError) as error:
            raise DataError(f"{self.name}: {self.text!r} cannot be computed: {error}") from error
        if isinstance(value, xr.DataArray):
            value = value.copy(deep=False)  # a lone variable would otherwise hand out its own attributes
            value.attrs = {"comment": f"computed as {self.text}"}
        return value

    def _unknown_variable(self, name: str, ds: xr.Dataset) -> DataError:
        known = sorted(str(variable) for variable in ds.variables)
        close = get_close_matches(name, known, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        return DataError(
            f"{self.name}: there is no variable {name!r} for {self.text!r}.{guess}",
            hint=f"The data have: {', '.join(known)}",
        )


class _Checker:
    """Turns the syntax tree of one formula into functions, refusing whatever is not on the list."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.depth = 0

    def check(self) -> Value:
        try:
            tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            start = max((error.offset or 1) - 1, 0)
            end = error.end_offset - 1 if error.end_offset and error.end_offset > 0 else start + 1
            raise self._marked(f"not a formula: {error.msg}", start, end) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ConfigError(f"{self.name}: {self.text[:60]!r} is not a formula: {error}") from None
        return self._build(tree.body)

    def _build(self, node: ast.expr) -> Value:
        builders: dict[type[ast.expr], Callable[[Any], Value]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._compare,
            ast.Call: self._call,
        }
        builder = builders.get(type(node))
        if builder is None:
            raise self._refused(node, _advice(node))
        if self.depth > _DEEPEST:
            raise self._refused(node, "nested too deeply")
        self.depth += 1
        value = builder(node)
        self.depth -= 1
        return value

    def _constant(self, node: ast.Constant) -> Value:
        if not isinstance(node.value, (int, float)):
            raise self._refused(node, "only numbers may be written out")
        return lambda lookup: node.value

    def _name(self, node: ast.Name) -> Value:
        if node.id == _DATASET:
            raise self._refused(node, 'name a variable of it: ds.name or ds["name"]')
        if node.id in _MODULES:
            raise self._refused(node, "name a function of it: np.sqrt(...)")
        return lambda lookup: lookup(node.id)

    def _attribute(self, node: ast.Attribute) -> Value:
        if _is_name(node.value, (_DATASET,)):
            return lambda lookup: lookup(node.attr)
        if _is_name(node.value, _MODULES) and node.attr in _CONSTANTS:
            return lambda lookup: _CONSTANTS[node.attr]
        raise self._refused(
            node, "attributes and methods are not available, only ds.name and np.function(...)"
        )

    def _subscript(self, node: ast.Subscript) -> Value:
        key = node.slice
        if not (
            _is_name(node.value, (_DATASET,)) and isinstance(key, ast.Constant) and isinstance(key.value, str)
        ):
            raise self._refused(node, 'indexing is not available, only ds["name"]')
        name = key.value
        return lambda lookup: lookup(name)

    def _unary(self, node: ast.UnaryOp) -> Value:
        if type(node.op) not in _UNARY:
            raise self._refused(node, "write ~ for the opposite of a condition")
        function, operand = _UNARY[type(node.op)], self._build(node.operand)
        return lambda lookup: function(operand(lookup))

    def _binary(self, node: ast.BinOp) -> Value:
        function = _power if isinstance(node.op, ast.Pow) else _BINARY.get(type(node.op))
        if function is None:
            raise self._refused(node, "this operator is not available")
        left, right = self._build(node.left), self._build(node.right)
        return lambda lookup: function(left(lookup), right(lookup))

    def _compare(self, node: ast.Compare) -> Value:
        if any(type(op) not in _COMPARE for op in node.ops):
            raise self._refused(node, "this comparison is not available")
        functions = [_COMPARE[type(op)] for op in node.ops]
        operands = [self._build(operand) for operand in (node.left, *node.comparators)]

        def compare(lookup: Lookup) -> Any:
            values = [operand(lookup) for operand in operands]
            result: Any = functions[0](values[0], values[1])
            for function, left, right in zip(functions[1:], values[1:], values[2:], strict=False):
                result = result & function(left, right)
            return result

        return compare

    def _call(self, node: ast.Call) -> Value:
        function = node.func
        if isinstance(function, ast.Attribute) and _is_name(function.value, _MODULES):
            name = function.attr
        elif isinstance(function, ast.Name):
            name = function.id
        else:
            raise self._refused(
                function, "methods are not available, only functions: where(condition, a, b), sqrt(a)"
            )
        if name not in FUNCTIONS:
            close = get_close_matches(name, FUNCTIONS, n=1)
            raise self._refused(function, f"no such function{f'; did you mean {close[0]}?' if close else ''}")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refused(node, "arguments are given by position only")
        if len(node.args) != FUNCTIONS[name]:
            raise self._refused(node, f"{name} takes {FUNCTIONS[name]}, not {len(node.args)} arguments")
        arguments = [self._build(argument) for argument in node.args]
        return lambda lookup: _apply(name, [argument(lookup) for argument in arguments])

    def _refused(self, node: ast.expr, why: str) -> ConfigError:
        source = self.text.encode("utf-8")  # the tree counts bytes, people count characters
        start = len(source[: node.col_offset].decode("utf-8"))
        end = len(source[: node.end_col_offset].decode("utf-8"))
        return self._marked(why, start, end)

    def _marked(self, why: str, start: int, end: int) -> ConfigError:
        mark = " " * start + "^" * max(end - start, 1)
        return ConfigError(
            f"{self.name}: {why}\n    {self.text}\n    {mark}",
            hint=f"A formula has numbers, variables, + - * / // % **, comparisons, & | ~ and {', '.join(FUNCTIONS)}.",
        )


def _advice(node: ast.expr) -> str:
    if isinstance(node, ast.BoolOp):
        return "write & for and, | for or, with each condition in parentheses"
    if isinstance(node, ast.IfExp):
        return "write where(condition, a, b)"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()
    return f"this has no place in a formula ({words})"


def _is_name(node: ast.expr, names: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int):
        base = float(base)  # whole numbers could grow until memory is full: 9**9**9
    return base**exponent


def _apply(name: str, arguments: list[Any]) -> Any:
    import numpy as np
    import xarray as xr

    if name == "where":
        return xr.where(*arguments)
    if name == "clip":
        value, low, high = arguments
        return np.minimum(np.maximum(value, low), high)
    return getattr(np, name)(*arguments)
