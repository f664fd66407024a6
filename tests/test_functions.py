"""The functions of the language in Python: named, documented and called as NumPy's are."""

from __future__ import annotations

import inspect
import pydoc
import re

import numpy as np
import pytest

import frechet as fr
from frechet import errors
from frechet.errors import FrechetError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations
from frechet.functions import public_names
from frechet.tracing.refusing import TracingError
from tests import promised_errors

X = fr.matrix("X", 3, 4)
x = fr.vector("x", 3)
S = fr.matrix("S", 3)
VALUES = {
    "X": np.arange(12.0).reshape(3, 4) ** 1.3 - 4,
    "x": np.array([1.0, -2.0, 3.0]),
    "S": np.array([[2.0, 1.0, 0.0], [1.0, 5.0, 2.0], [0.0, 2.0, 7.0]]),
}


def _value(e: fr.Expr) -> np.ndarray:
    arrays = {s: np.asarray(VALUES[s.name]).reshape(s.rows.constant, s.cols.constant) for s in (X, x, S)}
    return evaluate(e, arrays, {})


@pytest.mark.parametrize("name", public_names())
def test_help_shows_shapes_formula_and_source(name):
    function = getattr(fr, name)
    text = pydoc.render_doc(function, renderer=pydoc.plaintext)
    assert name in text
    assert inspect.getdoc(function)
    op = getattr(function, "operation", None)
    if op is not None:
        assert "Raises ShapeError" in text
        assert "the result is" in text
        assert not op.source or op.source in text
        assert inspect.signature(function).parameters or not op.signature.arguments


def test_help_of_logdet():
    text = pydoc.render_doc(fr.logdet, renderer=pydoc.plaintext)
    for part in ("logdet(A, /)", "A: n×n", "d(logdet(A)) = tr(inv(A)*dA)", "Domain: A is invertible", "Magnus"):
        assert part in text


ERRORS = {**vars(errors), "TracingError": TracingError}
EVERYTHING = [name for name in dir(fr) if inspect.isfunction(getattr(fr, name))]
"""The functions of the package; classes and rooms have their own pages."""


@pytest.mark.parametrize("name", EVERYTHING)
def test_help_names_what_is_raised(name):
    raised = re.findall(r"Raises (\w+Error)", inspect.getdoc(getattr(fr, name)) or "")
    assert raised, f"the docstring of fr.{name} has no sentence `Raises ...Error where ...`"
    assert all(issubclass(ERRORS.get(error, object), FrechetError) for error in raised)


@pytest.mark.parametrize("name", sorted({*public_names()} - {"inner"}))  # which is that of forms
def test_help_has_the_shapes(name):
    assert re.search(r"\w\)?×\(?\w|shape of", inspect.getdoc(getattr(fr, name))), (
        f"fr.{name}: m×n of arguments and result"
    )


def _errors(name: str) -> list[str]:
    return sorted(set(re.findall(r"\b(\w+Error)\b", inspect.getdoc(getattr(fr, name)))))


OF_THE_TABLE = [name for name in EVERYTHING if hasattr(getattr(fr, name), "operation")]
PROMISED = [(name, error) for name in EVERYTHING if name not in OF_THE_TABLE for error in _errors(name)]


@pytest.mark.parametrize(("name", "error"), PROMISED)
def test_what_is_said_to_be_raised_is(name, error):
    with pytest.raises(ERRORS[error]):
        promised_errors.CALLS[name][error]()


def test_no_call_is_left_over():
    assert {(name, error) for name, calls in promised_errors.CALLS.items() for error in calls} == set(PROMISED)


@pytest.mark.parametrize("name", OF_THE_TABLE)
def test_operations_refuse_sizes_and_counts(name):
    function = getattr(fr, name)
    takes = len(function.operation.signature.arguments)
    parameters = len(function.operation.signature.parameters)
    with pytest.raises(ShapeError):
        function(*[X] * (takes + 1), *[1] * (parameters + 1))
    of_arrays = " ".join(
        f"{r} {c}" for r, c in (*function.operation.signature.arguments, function.operation.signature.outcome)
    )
    for k, size in enumerate(function.operation.signature.parameters):
        if str(size) in of_arrays:
            with pytest.raises(ShapeError):
                function(*[S] * takes, *[0 if i == k else 1 for i in range(parameters)])


def test_second_names_and_factors_work_without_being_listed():
    assert not {"lse", "Tr", "luu", "qrq", "eigmaxproj", "schurt"} & set(dir(fr))
    assert fr.lse(x) == fr.logsumexp(x)
    assert fr.qrq(S) == fr.qr(S)[0]
    assert fr.luu(S).shape == S.shape


def test_former_names_say_what_to_write():
    with pytest.warns(DeprecationWarning, match=r"write fr.matrix_power\(A, k\)"):
        assert fr.power(S, 2) is fr.matrix_power(S, 2)
    with pytest.warns(DeprecationWarning, match=r"write A\[i-1:j, k-1:l\]"):
        assert fr.entries(S, (1, 2), (2, 3)) is S[:2, 1:3]
    assert not {"power", "entries", "e"} & set(dir(fr))


def test_internal_operations_stay_out_of_dir():
    assert {"logdet", "trace", "norm", "solve", "dot", "diag", "matrix", "derivative", "check"} <= set(dir(fr))
    assert not {n for n in dir(fr) if n in operations and operations[n].internal}
    assert not {"symbol", "number", "scale", "dexpm", "patternsylv", "gaps"} & set(dir(fr))


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        (fr.cholesky(S), "chol(S)"),
        (fr.slogdet(S).logabsdet, "logdet(S)"),
        (fr.eigh(S).eigenvalues, "eigvalsh(S)"),
        (fr.matmul(S, X), "S*X"),
        (fr.concatenate([x, x]), "[x; x]"),
        (fr.block([[S, X]]), "[S, X]"),
        (fr.matrix_power(S, 3), "S^3"),
        (fr.ravel(X), "vec(X')"),
        (fr.multi_dot([S, S, X]), "S*S*X"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numpys_names(ours, text):
    assert str(ours) == text


def test_numpys_names_are_documented():
    text = pydoc.render_doc(fr.cholesky, renderer=pydoc.plaintext)
    assert "cholesky(A" in text
    assert "lower triangular" in text
    assert "As numpy.linalg.cholesky" in text


def test_an_unknown_name_is_an_attribute_error_with_the_nearest():
    with pytest.raises(AttributeError, match="did you mean logdet"):
        fr.logdett
    assert not hasattr(fr, "symbol")


@pytest.mark.parametrize(
    ("ours", "numpy"),
    [
        (fr.sum(X), lambda X, x, S: X.sum()),
        (fr.sum(X, axis=0), lambda X, x, S: X.sum(axis=0)),
        (fr.sum(X, axis=1, keepdims=True), lambda X, x, S: X.sum(axis=1, keepdims=True)),
        (fr.sum(X, axis=0, keepdims=True), lambda X, x, S: X.sum(axis=0, keepdims=True)),
        (fr.mean(X, axis=-1), lambda X, x, S: X.mean(axis=-1)),
        (fr.max(X, axis=0), lambda X, x, S: X.max(axis=0)),
        (fr.min(X, axis=1), lambda X, x, S: X.min(axis=1)),
        (fr.max(X, 2 * X), lambda X, x, S: np.maximum(X, 2 * X)),
        (fr.softmax(X, axis=1), lambda X, x, S: np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)),
        (fr.softmax(X, axis=0), lambda X, x, S: np.exp(X) / np.exp(X).sum(axis=0)),
        (fr.softmax(x, axis=0), lambda X, x, S: np.exp(x) / np.exp(x).sum()),
        (fr.logsumexp(X, axis=0), lambda X, x, S: np.log(np.exp(X).sum(axis=0))),
        (fr.trace(S), lambda X, x, S: np.trace(S)),
        (fr.norm(x), lambda X, x, S: np.linalg.norm(x)),
        (fr.norm(x, 1), lambda X, x, S: np.linalg.norm(x, 1)),
        (fr.norm(X), lambda X, x, S: np.linalg.norm(X)),
        (fr.norm(X, "nuc"), lambda X, x, S: np.linalg.norm(X, "nuc")),
        (fr.norm(X, 2), lambda X, x, S: np.linalg.norm(X, 2)),
        (fr.solve(S, x), lambda X, x, S: np.linalg.solve(S, x)),
        (fr.dot(x, x), lambda X, x, S: x @ x),
        (fr.dot(S, X), lambda X, x, S: S @ X),
        (fr.outer(x, x), lambda X, x, S: np.outer(x, x)),
        (fr.diag(x), lambda X, x, S: np.diag(x)),
        (fr.diag(S), lambda X, x, S: np.diag(S)),
        (fr.topvals(S, 2), lambda X, x, S: np.linalg.eigvalsh(S)[::-1][:2]),
        (fr.unvec(fr.vec(X), 3, 4), lambda X, x, S: X),
        (fr.funm(S, fr.tanh), lambda X, x, S: _of_symmetric(np.tanh, S)),
    ],
    ids=lambda value: str(value) if isinstance(value, fr.Expr) else "",
)
def test_values_are_numpys(ours, numpy):
    expected = np.asarray(numpy(**VALUES))
    assert np.allclose(_value(ours).reshape(expected.shape), expected, rtol=1e-12, atol=1e-12)


def _of_symmetric(f, A):
    w, V = np.linalg.eigh(A)
    return V @ np.diag(f(w)) @ V.T


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: fr.norm(X, 7), "order 7"),
        (lambda: fr.norm(x, "nuc"), "write one of 2, 1"),
        (lambda: fr.sum(X, axis=2), "axes 0 and 1"),
        (lambda: fr.outer(X, x), "two vectors"),
        (lambda: fr.logdet(S, S), "takes 1 argument.*, A, not 2"),
        (lambda: fr.logdet(), "takes 1 argument.*not 0"),
        (lambda: fr.logdet("S"), "a str cannot stand"),
    ],
)
def test_wrong_calls_say_what_is_wrong(wrong, message):
    with pytest.raises(FrechetError, match=message):
        wrong()


def test_sizes_that_do_not_fit():
    with pytest.raises(ShapeError):
        fr.trace(X)
