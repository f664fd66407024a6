"""For each function of the package and each error that its docstring promises, a call that raises it."""

from __future__ import annotations

import numpy as np

import frechet as fr

X = fr.matrix("X", 3, 4)
S = fr.matrix("S", 3)
x = fr.vector("x", 3)
ONES = np.ones(2)
PLANE, LINE = fr.chart("x y"), fr.chart("t")
COUNT = iter(range(1000))


def _as_one_entry(v):
    return np.array([float(v[0])])


def _jumping(t, y, p):
    return -y if t > p[0] else y


def _printed_within(symbols):
    f = fr.parse("x'*x")
    with fr.budget(symbols=symbols):
        return fr.to_mathml(f)


def _wrong_jvp():
    return fr.primitive(np.square, jvp=lambda at, along: (at[0] * along[0],), at=(ONES,))(ONES)


CALLS = {
    "amax": {"ShapeError": lambda: fr.amax(X, 2)},
    "amin": {"ShapeError": lambda: fr.amin(X, 2)},
    "average": {"ShapeError": lambda: fr.average(X, weights=x)},
    "block": {"ShapeError": lambda: fr.block([[X], [S]])},
    "bracket": {"FrechetError": lambda: fr.bracket([1], [2])},
    "budget": {"BudgetError": lambda: fr.budget(anything=3).__enter__()},
    "chain": {"ShapeError": lambda: fr.chain(PLANE, t=(0, 1))},
    "change_of_variables": {
        "LanguageError": lambda: fr.change_of_variables("A*X", "X", "", A="matrix(n)"),
        "DerivativeError": lambda: fr.change_of_variables("Y = X^2", "X", "-tr(X'*X)", X="matrix(n)").logpdf,
    },
    "chart": {
        "LanguageError": lambda: fr.chart("x y +"),
        "FrechetError": lambda: fr.chart("x y", metric=[[1, 1], [1, 1]]),
    },
    "check_gradient": {"DerivativeError": lambda: fr.check_gradient(np.cumsum, ONES)},
    "check_jacobian": {
        "LanguageError": lambda: fr.check_jacobian("Y = A*X", "det(A", wrt="X", A="matrix(n,n)", X="matrix(n,n)"),
        "FrechetError": lambda: fr.check_jacobian("Y = A*X", "det(A)", A="matrix(n,n)", X="matrix(n,n)"),
    },
    "checkpoint": {
        "TracingError": lambda: fr.gradient(lambda v: np.sum(fr.checkpoint(_as_one_entry)(v)))(ONES),
        "DerivativeError": lambda: fr.gradient(lambda v: np.sum(fr.checkpoint(lambda u: u * next(COUNT))(v)))(ONES),
    },
    "cholesky": {"ShapeError": lambda: fr.cholesky(X)},
    "codiff": {"ShapeError": lambda: fr.codiff(3)},
    "column_stack": {"ShapeError": lambda: fr.column_stack([x, fr.vector("y", 4)])},
    "concatenate": {"ShapeError": lambda: fr.concatenate([X, S])},
    "cond": {"FrechetError": lambda: fr.cond(S, 1)},
    "cross": {"ShapeError": lambda: fr.cross(x, fr.vector("y", 4))},
    "density": {"LanguageError": lambda: fr.density("any(n)"), "EvaluationError": lambda: fr.density("wishart(3, 1)")},
    "derivative": {
        "LanguageError": lambda: fr.derivative("x*", "x"),
        "DerivativeError": lambda: fr.derivative("argmax(x)", "x").gradient,
    },
    "diag": {"ShapeError": lambda: fr.diag(X)},
    "diagonal": {"ShapeError": lambda: fr.diagonal(X)},
    "diff": {"ShapeError": lambda: fr.diff(X, axis=2)},
    "dot": {"ShapeError": lambda: fr.dot(X, S)},
    "eig": {"ShapeError": lambda: fr.eig(X)},
    "eigh": {"ShapeError": lambda: fr.eigh(X)},
    "einsum": {"ShapeError": lambda: fr.einsum("ij,jk", X, S), "FrechetError": lambda: fr.einsum("...i", X)},
    "equivalent": {"FrechetError": lambda: fr.equivalent("log(-1 - x'*x)", "log(-2 - x'*x)")},
    "eye": {"ShapeError": lambda: fr.eye(-1)},
    "flat": {"ShapeError": lambda: fr.flat(3)},
    "formula": {"DerivativeError": lambda: fr.formula(lambda v: v if v[0] > 0 else -v, v="vector(n)")},
    "funm": {"ShapeError": lambda: fr.funm(X, "exp"), "FrechetError": lambda: fr.funm(S, "anything")},
    "gradient": {"LanguageError": lambda: fr.gradient("x*", "x"), "DerivativeError": lambda: fr.gradient("X*x", "x")},
    "graph": {"LimitError": lambda: fr.graph(lambda v: sum(np.sin(k * v[0]) for k in range(5000)), ONES)},
    "hessian": {"DerivativeError": lambda: fr.hessian(np.cumsum)(ONES)},
    "hstack": {"ShapeError": lambda: fr.hstack([X, fr.matrix("Y", 2, 4)])},
    "hvp": {"ShapeError": lambda: fr.hvp(np.sum)(ONES, np.ones(3)), "DerivativeError": lambda: fr.hvp(np.cumsum)(ONES, ONES)},
    "inner": {"ShapeError": lambda: fr.inner(3, 4)},
    "integrate": {
        "ShapeError": lambda: fr.integrate(PLANE.d[0], fr.chain(PLANE, x=(0, 1), y=(0, 1))),
        "EvaluationError": lambda: fr.integrate(LINE.d[0] / LINE.coords[0], fr.chain(LINE, t=(-1, 1))),
    },
    "interior": {"ShapeError": lambda: fr.interior([1], 3)},
    "jacobian": {"DerivativeError": lambda: fr.jacobian(np.conj)(1j * ONES)},
    "jacobian_of": {
        "LanguageError": lambda: fr.jacobian_of("X = Q*"),
        "ShapeError": lambda: fr.jacobian_of("X = A*Y", A="matrix(2,3)", Y="matrix(2,2)"),
        "FrechetError": lambda: fr.jacobian_of("X = Q*R", Q="stiefel(m,n)", R="matrix(n,n)"),
    },
    "jvp": {"ShapeError": lambda: fr.jvp(np.cumsum)(ONES, np.ones(3)), "DerivativeError": lambda: fr.jvp(np.cumsum, wrt=3)(ONES, ONES)},
    "laplace": {"ShapeError": lambda: fr.laplace(3)},
    "lie": {"ShapeError": lambda: fr.lie([1], 3)},
    "linearize": {"DerivativeError": lambda: fr.linearize(np.sum, ONES, wrt=3)},
    "matmul": {"ShapeError": lambda: fr.matmul(X, S)},
    "matrix": {"ShapeError": lambda: fr.matrix("X", 0), "FrechetError": lambda: fr.matrix("X", "n", shiny=True)},
    "matrix_norm": {"FrechetError": lambda: fr.matrix_norm(X, 7)},
    "matrix_power": {"ShapeError": lambda: fr.matrix_power(X, 0), "FrechetError": lambda: fr.matrix_power(S, 0.5)},
    "matrix_transpose": {"FrechetError": lambda: fr.matrix_transpose("X")},
    "minimize": {"DerivativeError": lambda: fr.minimize(x, x), "ConvergenceError": lambda: fr.minimize(fr.exp(-fr.scalar("a")), "a", 1.0)},
    "moveaxis": {"ShapeError": lambda: fr.moveaxis(X, 0, 2)},
    "multi_dot": {"ShapeError": lambda: fr.multi_dot([X, S])},
    "norm": {"FrechetError": lambda: fr.norm(X, 7)},
    "objective": {"LanguageError": lambda: fr.objective("x*", "x"), "DerivativeError": lambda: fr.objective("A*x", "x", A=np.eye(2))},
    "odeint": {
        "ConvergenceError": lambda: fr.odeint(lambda t, y: y**2, np.ones(1), [0.0, 2.0]),
        "DerivativeError": lambda: fr.gradient(lambda p: fr.odeint(_jumping, ONES[:1], [0.0, 2.0], p)[-1, 0])(ONES[:1]),
    },
    "ones": {"ShapeError": lambda: fr.ones("a b")},
    "ones_like": {"FrechetError": lambda: fr.ones_like("X")},
    "order": {"LanguageError": lambda: fr.order("x*")},
    "outer": {"ShapeError": lambda: fr.outer(X, x)},
    "parse": {"LanguageError": lambda: fr.parse("x*"), "ShapeError": lambda: fr.parse("X + x", X="matrix(2,2)", x="vector(3)")},
    "primitive": {"DerivativeError": _wrong_jvp},
    "ptp": {"ShapeError": lambda: fr.ptp(X, 2)},
    "qr": {"FrechetError": lambda: fr.qr(S, "complete")},
    "ravel": {"FrechetError": lambda: fr.ravel(X, "K")},
    "reshape": {"ShapeError": lambda: fr.reshape(X, (5, 2))},
    "root": {"LanguageError": lambda: fr.root("x*", "x"), "ConvergenceError": lambda: fr.root(fr.exp(fr.scalar("a")), "a", 1.0)},
    "scalar": {"FrechetError": lambda: fr.scalar("a", negative=True)},
    "sharp": {"ShapeError": lambda: fr.sharp(3)},
    "simplify": {"LanguageError": lambda: fr.simplify("x*")},
    "slogdet": {"ShapeError": lambda: fr.slogdet(X)},
    "solve": {"ShapeError": lambda: fr.solve(X, S)},
    "source": {"LanguageError": lambda: fr.source("x*"), "FrechetError": lambda: fr.source("x'*x", "fortran")},
    "squeeze": {"FrechetError": lambda: np.squeeze(X, axis=0)},
    "stack": {"ShapeError": lambda: fr.stack([X, X])},
    "star": {"ShapeError": lambda: fr.star(3)},
    "stokes": {"ShapeError": lambda: fr.stokes(3, 4), "FrechetError": lambda: fr.stokes(3, 4)},
    "svd": {"FrechetError": lambda: fr.svd(X)},
    "swapaxes": {"ShapeError": lambda: fr.swapaxes(X, 0, 2)},
    "taylor": {"DerivativeError": lambda: fr.taylor("x'*x", "x", order=-1)},
    "tensordot": {"ShapeError": lambda: fr.tensordot(X, S)},
    "to_latex": {"LanguageError": lambda: fr.to_latex("x*")},
    "to_mathml": {"BudgetError": lambda: _printed_within(3)},
    "to_text": {"LanguageError": lambda: fr.to_text("x*")},
    "to_unicode": {"LanguageError": lambda: fr.to_unicode("x*")},
    "unit": {"ShapeError": lambda: fr.unit(4, 3)},
    "value_and_gradient": {
        "DerivativeError": lambda: fr.value_and_gradient(np.cumsum)(ONES),
        "TracingError": lambda: fr.value_and_gradient(lambda v: np.asarray(v, dtype=int).sum())(ONES),
    },
    "vdot": {"ShapeError": lambda: fr.vdot(X, S)},
    "vector": {"FrechetError": lambda: fr.vector("v", "n", spd=True), "ShapeError": lambda: fr.vector("v", 0)},
    "vector_norm": {"FrechetError": lambda: fr.vector_norm(x, 7)},
    "vjp": {"ShapeError": lambda: fr.vjp(np.cumsum)(ONES)[1](np.ones(3))},
    "vol": {"ShapeError": lambda: fr.vol(3)},
    "volume_form": {"LanguageError": lambda: fr.volume_form("any(n)")},
    "vstack": {"ShapeError": lambda: fr.vstack([X, S])},
    "wedge": {"FrechetError": lambda: fr.wedge(), "ShapeError": lambda: fr.wedge(PLANE.d[0], LINE.d[0])},
    "zeros": {"ShapeError": lambda: fr.zeros(0)},
    "zeros_like": {"FrechetError": lambda: fr.zeros_like("X")},
}  # fmt: skip
