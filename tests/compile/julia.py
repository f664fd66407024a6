"""A reference evaluator of the part of Julia that the target writes: tree-sitter parses, this module evaluates.

Its rules are those of the Julia manual: indices from 1, arrays column by column, `*` and `+` as in linear algebra (no
shape is spread without a dot), dotted operators and calls spread along the leading dimensions, `A'` the conjugate
transpose, `\\` a solve, numbers outside of a function's domain an error. What it does not know raises.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import tree_sitter
import tree_sitter_julia

from tests.compile.julia_library import LIBRARY, JuliaError, Scaling, adjoint, is_array, times

__all__ = ["parse", "run"]

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))
Scope = dict[str, Any]


class _Return(Exception):
    pass


class _Break(Exception):
    pass


def parse(source: str) -> tree_sitter.Node:
    """The parse tree; SyntaxError where the grammar of Julia finds a mistake."""
    root = _PARSER.parse(source.encode()).root_node
    if root.has_error:
        raise SyntaxError(f"not Julia:\n{source}")
    return root


def run(source: str, name: str, arguments: dict[str, Any]) -> Any:
    """Defines what the source defines, and calls one of its functions; arguments in order."""
    top: Scope = dict(LIBRARY)
    for statement in parse(source).named_children:
        _evaluate(statement, top)
    return top[name](*arguments.values())


def _evaluate(node: tree_sitter.Node, scope: Scope) -> Any:
    rule = _RULES.get(node.type)
    if rule is None:
        raise JuliaError(f"the evaluator does not know {node.type}: {_text(node)}")
    return rule(node, scope)


def _text(node: tree_sitter.Node) -> str:
    return node.text.decode()


def _children(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    return [c for c in node.named_children if c.type not in ("line_comment", "block_comment")]


# --- definitions and statements -----------------------------------------------------------------------


def _function(node: tree_sitter.Node, scope: Scope) -> None:
    signature, *body = _children(node)
    (call,) = _children(signature)
    _define(call, body, scope)


def _define(call: tree_sitter.Node, body: list[tree_sitter.Node], scope: Scope) -> None:
    name, parameters = _children(call)
    declared = [_parameter(p) for p in _children(parameters)]

    def called(*values: Any) -> Any:
        if len(values) != len(declared):
            raise JuliaError(f"{_text(name)} takes {len(declared)} arguments, not {len(values)}")
        inside = _Local(scope)
        for (parameter, kind), value in zip(declared, values, strict=True):
            _check_kind(parameter, kind, value)
            inside[parameter] = value
        result = None
        try:
            for statement in body:
                result = _evaluate(statement, inside)
        except _Return as returned:
            result = returned.args[0]
        return result

    scope[_text(name)] = called


class _Local(dict):
    """The variables of a call; what is not there is looked up where the function was defined."""

    def __init__(self, outer: Scope):
        super().__init__()
        self.outer = outer

    def __missing__(self, name: str) -> Any:
        return self.outer[name]


def _parameter(node: tree_sitter.Node) -> tuple[str, str]:
    if node.type != "typed_expression":
        return _text(node), ""
    name, kind = _children(node)
    return _text(name), _text(kind)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "": lambda value: True,
    "Real": lambda value: not is_array(value) and np.isrealobj(value),
    "Integer": lambda value: isinstance(value, int),
    "AbstractVector{<:Real}": lambda value: is_array(value) and value.ndim == 1 and np.isrealobj(value),
    "AbstractMatrix{<:Real}": lambda value: is_array(value) and value.ndim == 2 and np.isrealobj(value),
}


def _check_kind(name: str, kind: str, value: Any) -> None:
    if not _KINDS[kind](value):
        raise JuliaError(f"MethodError: {name} is no {kind}")


def _assignment(node: tree_sitter.Node, scope: Scope) -> Any:
    left, _, right = node.named_children
    if left.type == "call_expression":
        return _define(left, [right], scope)
    value = _evaluate(right, scope)
    _assign(left, value, scope)
    return value


def _assign(left: tree_sitter.Node, value: Any, scope: Scope) -> None:
    if left.type == "open_tuple":
        for target, part in zip(_children(left), value, strict=True):
            _assign(target, part, scope)
    elif left.type == "index_expression":
        array, index = _located(left, scope)
        array[index] = value
    else:
        scope[_text(left)] = value


def _compound(node: tree_sitter.Node, scope: Scope) -> None:
    left, sign, right = node.named_children
    value = _apply(_text(sign).removesuffix("="), _evaluate(left, scope), _evaluate(right, scope))
    _assign(left, value, scope)


def _return(node: tree_sitter.Node, scope: Scope) -> None:
    raise _Return(_evaluate(_children(node)[0], scope))


def _break(node: tree_sitter.Node, scope: Scope) -> None:
    raise _Break


def _block(node: tree_sitter.Node, scope: Scope) -> Any:
    result = None
    for statement in _children(node):
        result = _evaluate(statement, scope)
    return result


def _if(node: tree_sitter.Node, scope: Scope) -> Any:
    condition, *rest = _children(node)
    clauses = [c for c in rest if c.type in ("elseif_clause", "else_clause")]
    body = [c for c in rest if c not in clauses]
    if _truth(_evaluate(condition, scope)):
        return [_evaluate(statement, scope) for statement in body][-1]
    for clause in clauses:
        if clause.type == "else_clause":
            return _block(clause, scope)
        return _if(clause, scope)
    return None


def _loop_bindings(bindings: list[tree_sitter.Node], scope: Scope):
    """Each combination of the loop variables, the first varying slowest, put into the scope."""
    if not bindings:
        yield
        return
    variable, _, values = bindings[0].named_children
    for value in _evaluate(values, scope):
        scope[_text(variable)] = int(value) if isinstance(value, np.integer) else value
        yield from _loop_bindings(bindings[1:], scope)


def _for(node: tree_sitter.Node, scope: Scope) -> None:
    bindings = [c for c in _children(node) if c.type == "for_binding"]
    body = [c for c in _children(node) if c.type != "for_binding"]
    try:
        for _ in _loop_bindings(bindings, scope):
            for statement in body:
                _evaluate(statement, scope)
    except _Break:
        return


def _while(node: tree_sitter.Node, scope: Scope) -> None:
    condition, *body = _children(node)
    try:
        while _truth(_evaluate(condition, scope)):
            for statement in body:
                _evaluate(statement, scope)
    except _Break:
        return


def _comprehension(node: tree_sitter.Node, scope: Scope) -> np.ndarray:
    body, clause = _children(node)
    bindings = _children(clause)
    inside = _Local(scope)
    lengths = [len(_evaluate(b.named_children[2], scope)) for b in bindings]
    return np.array([_evaluate(body, inside) for _ in _loop_bindings(bindings, inside)]).reshape(lengths)


# --- expressions ----------------------------------------------------------------------------------------


def _truth(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise JuliaError("TypeError: a condition is to be true or false")
    return bool(value)


def _ternary(node: tree_sitter.Node, scope: Scope) -> Any:
    condition, yes, no = _children(node)
    return _evaluate(yes if _truth(_evaluate(condition, scope)) else no, scope)


def _identifier(node: tree_sitter.Node, scope: Scope) -> Any:
    try:
        return scope[_text(node)]
    except KeyError:
        raise JuliaError(f"UndefVarError: {_text(node)}") from None


def _binary(node: tree_sitter.Node, scope: Scope) -> Any:
    left, sign, right = node.named_children
    symbol = _text(sign)
    if symbol == "&&":
        return _truth(_evaluate(left, scope)) and _evaluate(right, scope)
    if symbol == "||":
        return _truth(_evaluate(left, scope)) or _evaluate(right, scope)
    return _apply(symbol, _evaluate(left, scope), _evaluate(right, scope))


def _apply(symbol: str, a: Any, b: Any) -> Any:
    if symbol.startswith("."):
        return _spread(_NUMBERS[symbol[1:]], a, b)
    is_plain = all(isinstance(x, int | float | complex | np.number | np.bool_) for x in (a, b))
    return (_NUMBERS if is_plain else _MATRICES)[symbol](a, b)


def _number_power(a: Any, b: Any) -> Any:
    if np.isrealobj(a) and a < 0 and b != int(b):
        raise JuliaError("DomainError: a root of a negative number")
    return float(a) ** b if b < 0 else a**b


_NUMBERS: dict[str, Callable] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: np.true_divide(a, b)[()],
    "^": _number_power,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&": operator.and_,
    "|": operator.or_,
}


def _spread(f: Callable, *values: Any) -> Any:
    """f of each entry; arrays of fewer dimensions are repeated along those that they lack, which come last."""
    dimensions = max(np.ndim(v) for v in values)
    padded = [np.reshape(v, np.shape(v) + (1,) * (dimensions - np.ndim(v))) for v in values]
    try:
        together = np.broadcast_arrays(*padded)
    except ValueError:
        raise JuliaError(f"DimensionMismatch: {', '.join(str(np.shape(v)) for v in values)}") from None
    if not dimensions:
        return f(*[v[()] for v in together])
    entries = [f(*entry) for entry in zip(*[t.ravel() for t in together], strict=True)]
    return np.array(entries).reshape(together[0].shape)


def _sum(f: Callable, sign: int) -> Callable:
    def applied(a: Any, b: Any) -> Any:
        for scaling, other in ((a, b), (b, a)):
            if isinstance(scaling, Scaling) and is_array(other):
                n = other.shape[0]
                if other.shape != (n, n):
                    raise JuliaError("DimensionMismatch: I is added to a square matrix")
                dense = scaling.value * np.eye(n)
                return f(dense, b) if scaling is a else f(a, dense)
        if np.shape(a) != np.shape(b):
            raise JuliaError(f"MethodError or DimensionMismatch: {np.shape(a)} and {np.shape(b)} without a dot")
        return f(a, b)

    return applied


def _divided(a: Any, b: Any) -> Any:
    if is_array(b):
        raise JuliaError("division by an array without a dot")
    return Scaling(a.value / b) if isinstance(a, Scaling) else a / b


def _power(a: Any, b: Any) -> Any:
    if np.ndim(a) != 2 or np.ndim(b):
        raise JuliaError("MethodError: only square matrices have powers without a dot")
    return np.linalg.matrix_power(a, b)


_MATRICES: dict[str, Callable] = {
    "+": _sum(operator.add, 1),
    "-": _sum(operator.sub, -1),
    "*": times,
    "/": _divided,
    "\\": LIBRARY["\\"],
    "^": _power,
}


def _negative(value: Any) -> Any:
    return Scaling(-value.value) if isinstance(value, Scaling) else -value


def _operator(node: tree_sitter.Node, scope: Scope) -> Callable:
    """An operator as a function: -(a + b) is a call."""
    if _text(node) != "-":
        raise JuliaError(f"the evaluator does not know {_text(node)} as a function")
    return _negative


def _unary(node: tree_sitter.Node, scope: Scope) -> Any:
    sign, operand = node.named_children
    value = _evaluate(operand, scope)
    if _text(sign) == "-":
        return _negative(value)
    if _text(sign) == "!":
        return not _truth(value)
    raise JuliaError(f"the evaluator does not know the sign {_text(sign)}")


def _juxtaposed(node: tree_sitter.Node, scope: Scope) -> Any:
    a, b = (_evaluate(c, scope) for c in node.named_children)
    return times(a, b) if is_array(b) else a * b


def _range(node: tree_sitter.Node, scope: Scope) -> np.ndarray:
    start, end = node.named_children
    if start.type == "range_expression":  # first:step:last
        first, step = (_evaluate(c, scope) for c in start.named_children)
    else:
        first, step = _evaluate(start, scope), 1
    last = _evaluate(end, scope)
    return np.arange(first, last + (1 if step > 0 else -1), step)


def _arguments(node: tree_sitter.Node, scope: Scope) -> tuple[list, dict]:
    values, named = [], {}
    for part in _children(node):
        if part.type in ("named_argument", "assignment"):
            name, _, value = part.named_children
            named[_text(name)] = _evaluate(value, scope)
        elif part.type == "operator" and _text(part) == ":":
            values.append(slice(None))
        else:
            values.append(_evaluate(part, scope))
    return values, named


def _call(node: tree_sitter.Node, scope: Scope) -> Any:
    function, arguments = _children(node)
    values, named = _arguments(arguments, scope)
    return _evaluate(function, scope)(*values, **named)


def _broadcast_call(node: tree_sitter.Node, scope: Scope) -> Any:
    function, arguments = _children(node)
    values, _ = _arguments(arguments, scope)
    return _spread(_evaluate(function, scope), *values)


def _arrow(node: tree_sitter.Node, scope: Scope) -> Callable:
    parameter, body = [c for c in node.named_children if c.type != "operator"]

    def called(value: Any) -> Any:
        inside = _Local(scope)
        inside[_text(parameter)] = value
        return _evaluate(body, inside)

    return called


def _located(node: tree_sitter.Node, scope: Scope) -> tuple[np.ndarray, Any]:
    """The array, and NumPy's index for what stands in the brackets."""
    base, brackets = _children(node)
    array = _evaluate(base, scope)
    if isinstance(array, tuple):
        return array, _evaluate(_children(brackets)[0], scope) - 1
    places = _children(brackets)
    if len(places) != array.ndim:
        raise JuliaError(f"{len(places)} indices for {array.ndim} dimensions")
    index = []
    for axis, place in enumerate(places):
        inside = _Local(scope)
        inside["end"] = array.shape[axis]
        is_all = place.type == "operator" and _text(place) == ":"
        chosen = np.arange(1, array.shape[axis] + 1) if is_all else _evaluate(place, inside)
        if is_array(chosen) and chosen.dtype == bool:
            chosen = np.flatnonzero(chosen) + 1
        if np.any(np.asarray(chosen) < 1) or np.any(np.asarray(chosen) > array.shape[axis]):
            raise JuliaError(f"BoundsError: {_text(node)}")
        index.append(np.asarray(chosen) - 1)
    if len(index) == 1:
        return array, index[0]
    rows, cols = index
    return array, (rows[:, None] if rows.ndim and cols.ndim else rows, cols)


def _index(node: tree_sitter.Node, scope: Scope) -> Any:
    array, index = _located(node, scope)
    found = array[index]
    return found.copy() if is_array(found) and found.ndim else found


def _field(node: tree_sitter.Node, scope: Scope) -> Any:
    base, name = _children(node)
    return getattr(_evaluate(base, scope), _text(name))


def _matrix(node: tree_sitter.Node, scope: Scope) -> np.ndarray:
    """[a b; c d]: beside each other within a row, the rows below each other; one column of vectors is a vector."""
    rows = [[_evaluate(c, scope) for c in _children(row)] for row in _children(node)]
    if all(len(row) == 1 for row in rows):
        return LIBRARY["vcat"](*[row[0] for row in rows])
    return np.block([[_two_dimensional(part) for part in row] for row in rows])


def _two_dimensional(value: Any) -> np.ndarray:
    return np.reshape(value, (1, 1) if not np.ndim(value) else (-1, 1) if np.ndim(value) == 1 else np.shape(value))


def _string(node: tree_sitter.Node, scope: Scope) -> str:
    return _text(node).strip('"')


_RULES: dict[str, Callable[[tree_sitter.Node, Scope], Any]] = {
    "using_statement": lambda node, scope: None,
    "string_literal": _string,
    "function_definition": _function,
    "assignment": _assignment,
    "compound_assignment_expression": _compound,
    "return_statement": _return,
    "break_statement": _break,
    "if_statement": _if,
    "for_statement": _for,
    "while_statement": _while,
    "comprehension_expression": _comprehension,
    "ternary_expression": _ternary,
    "identifier": _identifier,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "operator": _operator,
    "juxtaposition_expression": _juxtaposed,
    "adjoint_expression": lambda node, scope: adjoint(_evaluate(_children(node)[0], scope)),
    "range_expression": _range,
    "call_expression": _call,
    "broadcast_call_expression": _broadcast_call,
    "arrow_function_expression": _arrow,
    "index_expression": _index,
    "field_expression": _field,
    "parenthesized_expression": lambda node, scope: _evaluate(_children(node)[0], scope),
    "parametrized_type_expression": lambda node, scope: scope[_text(node)],
    "matrix_expression": _matrix,
    "vector_expression": lambda node, scope: np.array([_evaluate(c, scope) for c in _children(node)]),
    "tuple_expression": lambda node, scope: tuple(_evaluate(c, scope) for c in _children(node)),
    "open_tuple": lambda node, scope: tuple(_evaluate(c, scope) for c in _children(node)),
    "integer_literal": lambda node, scope: int(_text(node)),
    "float_literal": lambda node, scope: float(_text(node)),
    "boolean_literal": lambda node, scope: _text(node) == "true",
}
