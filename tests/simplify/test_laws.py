"""The laws of the simplifier: every rewriting is true, nothing depends on the order of terms, work is linear."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pytest

import frechet as fr
from frechet.check.sampling import sample_points
from frechet.errors import FrechetError
from frechet.expr.evaluate import evaluate, evaluate_all
from frechet.expr.node import Expr, operations, postorder, rebuild, symbols
from frechet.expr.structure import add, hadamard, mul, symbol
from frechet.language import read, to_text
from frechet.rules.elementwise import tanh
from frechet.rules.funm import FUNCTIONS
from frechet.rules.linear import trace
from frechet.simplify import canonical, simplify
from frechet.simplify.registry import laws_of, normal_forms
from tests.fuzzing.cases import case
from tests.simplify.triggers import forget, laws, recorded

DECLARED = {
    "A": "matrix(n,n)", "B": "matrix(n,n)", "C": "matrix(n,n)", "X": "matrix(m,n)", "Y": "matrix(n,m)",
    "S": "symmetric(n)", "K": "skew(n)", "P": "spd(n)", "D": "diagonal(n)", "Q": "orthogonal(n)", "L": "lower(n)",
    "x": "vector(n)", "y": "vector(n)", "p": "vector(n) positive", "z": "vector(n*m)", "a": "scalar", "b": "scalar",
    "c": "scalar positive", "u": "unit(n)", "q": "vector(3)", "r": "vector(3)",
}  # fmt: skip

# Written to meet the identities that random expressions seldom meet.
WRITTEN = [
    "u'*u", "norm2(u)", "norm2(-3*u)", "sum(u.^2)", "(Q*u)'*(Q*u)", "u*u'*u", "tr(u*u')", "(A*e(1,n))'*e(1,n)", "norm2(Q*e(1,n))",
    "sin(0*A)", "cos(0*A)", "tan(0*A)", "arcsin(0*A)", "arccos(ones(n,n))", "arctan(0*A)", "arcsinh(0*A)", "arccosh(ones(n,n))", "arctanh(0*A)", "sinh(0*A)", "cosh(0*x)", "tanh(0*x)",
    "exp(0*A)", "log(ones(n,n))", "log1p(0*A)", "sqrt(ones(n,n))", "abs(0*A)", "sign(ones(n,n))", "step(0*A)", "relu(0*A)",
    "sigmoid(0*A)", "erf(0*A)", "erfc(0*A)", "normcdf(0*A)", "tr(sym(A))", "log(1 + exp(a))", "sum(vec(X))", "colsum(eye(n))", "colsum(diag(x))", "diag(ones(n,n))",
    "tr(ones(n,n))", "rowsum(ones(m,n))", "diag(K)", "kron(A,2*B)", "kron(zeros(m,n),A)", "kron(A,zeros(m,n))", "d2adj(A,B,2*C)",
    "d2adj(A,zeros(n,n),B)", "d2adj(A,B,zeros(n,n))", "sylv(A,B,zeros(n,n))", "stein(A,B,zeros(n,n))", "max(svdvals(X))", "abs(p)",
    "ptrace2(eye(m*n),m)",
    "diag(sym(A))", "diag(tril(A))", "diag(triu(A))", "expm(eye(n))",
    "dadj(A,2*B)", "d2adj(A,2*B,C)", "dadj(A,zeros(n,n))", "tr(3*A)", "sum(-x)", "rowsum(2*A)", "colsum(2*A)", "diag(2*A)", "diag(2*x)", "vec(2*X)", "unvec(2*z,n,m)",
    "sym(2*A)", "skew(2*A)", "tril(2*A)", "triu(2*A)", "ptrace1(2*kron(A,B),n)", "ptrace2(2*kron(A,B),n)", "tr(A+B)",
    "tr(A')", "tr(K)", "tr(eye(n))", "tr(diag(x))", "tr(kron(A,B))", "tr(A*B*A')", "tr(x*y')", "tr(diag(x)*A)",
    "sum(ones(m,n))", "sum(A')", "sum(diag(x))", "sum(x.*y)", "sum(A.*B)", "sum(x*y')", "sum(A.*B + C)",
    "rowsum(A')", "colsum(A')", "rowsum(eye(n))", "colsum(ones(m,n))", "rowsum(diag(x))", "rowsum(x*y')",
    "colsum(x*y')", "diag(eye(n))", "diag(A')", "diag(diag(x))", "diag(x*y')", "diag(diag(x)*A)", "diag(A*diag(x))",
    "diag(A.*B)", "diag(A + eye(n))", "diag(ones(n))", "vec(unvec(z,n,m))", "unvec(vec(Y),n,m)", "sym(S)", "sym(K)",
    "skew(S)", "skew(K)", "sym(A')", "skew(A')", "tril(L)", "triu(D)", "kron(eye(m),eye(n))", "kron(ones(m,n),ones(n,m))",
    "kron(2*A,a*B)", "ptrace1(kron(A,B),n)", "ptrace2(kron(A,B),n)", "ptrace1(eye(m*n),m)", "ptrace2(eye(m*n),m)",
    "inv(inv(A))", "inv(eye(n))",
    "inv(Q)", "inv(2*A)", "inv(A*B)", "inv(A^2)", "inv(diag(p))", "inv(kron(A,B))", "det(A')", "det(inv(A))", "det(A^2)",
    "det(eye(n))", "logdet(A')", "logdet(inv(A))", "logdet(A^2)", "logdet(eye(n))", "adj(A*B)", "adj(A^2)", "adj(eye(n))",
    "(2*A)^2", "(A^2)^3", "diag(p)^2", "eye(n)^2", "log(exp(a))", "log(det(P))", "log(abs(det(A)))", "exp(log(c))",
    "sin(-a)", "cos(-a)", "tan(-x)", "sinh(-x)", "cosh(-x)", "tanh(-x)", "arcsin(-sin(x)/2)", "arctan(-x)", "arcsinh(-x)", "arctanh(-sin(x)/2)", "erf(-x)",
    "sign(-x)", "norm1(2*A)", "norm2(-3*x)", "norm1(A')", "norm2(A')", "sqrt(a^2)", "sqrt(x'*x)", "sqrt(c^4)", "sqrt(a^4)",
    "abs(c)", "abs(abs(a))", "abs(-2*a)", "exp(a)+exp(-a)", "exp(a)-exp(-a)", "A*inv(A)", "A*A'", "Q*Q'", "A*adj(A)",
    "diag(x)*diag(y)", "diag(x)*y", "x'*diag(y)", "kron(A,B)*kron(C,A)", "kron(A,B)*vec(C)", "commutation(m,n)*vec(X)",
    "commutation(n,n)*kron(A,B)", "A*ones(n)", "ones(1,n)*A", "ones(n,n)*A*ones(n,n)", "sign(x).*abs(x)", "sinh(x)./cosh(x)",
    "eye(n).*A", "diag(x).*A", "(x*y').*A", "(x.*y).^2", "abs(x).^2", "det(A)^-1*adj(A)", "(A')'", "(-K)'", "max(x,y)'",
    "dexpm(a*A, A)", "dexpm(A, 2*a*B)", "tr(dexpm(A, B))", "det(expm(A))", "logdet(expm(A))", "dlogm(P, 2*A)",
    "tr(dlogm(P, A))", "dlogm(eye(n) + A*A, A)", "logm(expm(S))", "expm(logm(P))", "sqrtm(P)^2", "sqrtm(eye(n))",
    "logm(eye(n))", "expm(zeros(n,n))", "inv(expm(A))", "expm(A)^3", "logm(inv(P))", "sqrtm(P^2)", "tr(sylv(P, P, A))", "sylv(A, B, 2*C)", "sylv(P, P, inv(P))", "stein(A, B, 2*C)", "dadj(A, 2*B)", "d2adj(A, 2*B, C)",
    "dtanhm(A, 2*B)", "dtanhm(a*A, A)", "tr(dtanhm(A, B))", "sum(exp(eigvalsh(A)))", "mean(eigvalsh(P))", "norm2(svdvals(X))", "max(eigvalsh(S))",
    "log(sigmoid(A))", "log(softmax(A))", "log(softmax(X, rows))", "log(sum(exp(A)))", "log(rowsum(exp(X)))", "log1p(exp(A))",
    "log(mean(exp(X)))", "log(sum(exp(x))/2)", "sum(colsum(X))", "norm2(eigvalsh(S))",
    "max(A, zeros(n,n))", "min(A, 0*B)", "max(x, x)", "relu(p)", "relu(2*x)", "sign(p)", "sign(2*c*x)", "exp(x - logsumexp(x))",
    "exp(X - logsumexp(X, rows)*ones(1,n))", "exp(X)./(rowsum(exp(X))*ones(1,n))", "diag(1./rowsum(exp(X)))*exp(X)",
    "(2*A + 4*eye(n))*B", "A*(eye(n) + B*A)", "det(kron(A,B))", "logdet(kron(A,B))",
    "det(chol(P))", "logdet(chol(P))", "logdet(sqrtm(P))", "logdet(diag(x))", "det(A*inv(B))", "logdet(A*inv(B))",
    "sum(softmax(A))", "rowsum(softmax(X, rows))", "sum(log(diag(chol(P))))", "tr(topproj(A, 2))", "tr(eigmaxproj(S))",
    "norm1(vec(A))", "norm1(kron(A,B))", "norm1(diag(x))", "norm1(x*y')", "norm2(vec(A))", "norm2(diag(x))", "norm2(kron(A,B))",
    "norm2(x*y')", "norm2(Q*A)", "norm2(A*Q)", "normnuc(kron(A,B))", "normnuc(x)", "normnuc(x')", "normnuc(x*y')", "normnuc(Q*A)",
    "normnuc(A*Q)", "normspec(kron(A,B))", "normspec(x)", "normspec(x')", "normspec(x*y')", "normspec(Q*A)", "normspec(A*Q)",
    "normspec(2*A)", "normnuc(a*A)", "norm1(a*x)", "sumlargest(A, 1)", "topproj(A, 1)", "topproj(A, 2)^2", "mean(A)",
    "tr(sqrtm(X'*X))", "abs(a^3)", "abs(norm2(x))", "abs(a*b)", "khatrirao(2*A, B)", "khatrirao(x', A)", "(a*x + y)'*x/(x'*x)", "khatrirao(A, 2*B)", "vec(x')",
    "vec(x*y')", "kron(x, y')", "kron(x', y)", "sym(A*S*A')", "sym(A*B*A')", "skew(A*B*A')", "skew(A*S*A')", "(eye(n) - A)*(eye(n) + A)",
    "tr((A*B - eye(n))*(B*A + eye(n)))", "(1 + a)*(1 - a)", "((x + y)'*(x - y))*A", "[A, B]*[x; y]", "[A, B; C, S][1:n,1:n]", "(A*[x, y])[:,2]", "([A; B])[1:n,:]",
    "tr([A, B; C, S])", "det([a, b; c, a])", "det([A, B; zeros(n,n), C])", "logdet([a, b; c, a])", "logdet([A, B; zeros(n,n), C])", "inv([a, b; c, a])",
    "inv([A, zeros(n,n); zeros(n,n), B])", "[a*b, a*c]", "[0, 0]", "[1, 0; 0, 1]*A[1:2,:]",
    "vee(q*r' - r*q')", "vee(q*r')", "2*vee(q*r')", "-hat(q)*r", "c^a/c", "c^a*c^(1-a)", "x'*A*y + y'*B*x",
    "hat(2*[a; b; c])", "vee(2*[a, b, c; b, c, a; c, a, b])", "gammaln(ones(n,n))", "min(eigvalsh(S))", "eigvalsh(S)[n]", "sum(eigvalsh(S)[n-1:n])", "pinv(pinv(X))", "2*norm2(A*B)", "logsumexp(eigvalsh(S))",
    *[f"d{f}m(A, 2*B) + tr(d{f}m(A, B))*d{f}m(A/4, A)" for f in FUNCTIONS if "d" + f + "m" in operations],
]  # fmt: skip


def _read(text: str) -> Expr:
    return read(text, DECLARED).expr


def _same(before: Expr, after: Expr) -> bool:
    """Whether they agree at random points; True when the expression is defined nowhere."""
    try:
        points = sample_points([before, after], 4)
    except FrechetError:
        return True
    pairs = [evaluate_all([before, after], p.values, p.sizes) for p in points]
    return all(np.linalg.norm(a - b) <= 1e-9 * np.linalg.norm(a) + 1e-12 for a, b in pairs)


@pytest.fixture(scope="module")
def uses():
    with recorded() as seen:
        for text in WRITTEN:
            forget()
            simplify(_read(text))
        forget()
        for seed in range(400):
            simplify(case(seed).f)
    return seen


def _named(law) -> str:
    name, number = law
    return (
        f"{name} normal form"
        if number < 0
        else f"{name} {number} {laws_of(operations[name])[number]!r}"[:60].split(" <")[0]
    )


@pytest.mark.parametrize("law", laws(), ids=_named)
def test_every_identity_is_met_and_true(uses, law):
    assert uses[law], "no expression here meets this identity: add one to WRITTEN"
    for before, after in uses[law]:
        assert after.shape == before.shape
        assert _same(before, after), f"{to_text(before)} is not {to_text(after)}"


def test_a_false_identity_is_seen():
    assert not _same(_read("inv(A*B)"), _read("inv(A)*inv(B)"))


# --- one normal form --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(200))
def test_canonical_is_idempotent(seed):
    form = canonical(case(seed).f)
    forget()
    assert canonical(form) is form, to_text(form)


def _shuffled(root: Expr, choice: random.Random) -> Expr:
    """The same sums and elementwise products with their parts in another order."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        inner = [done[a] for a in node.args]
        if node.op in (add, hadamard):
            choice.shuffle(inner)
        done[node] = rebuild(node, inner)
    return done[root]


@pytest.mark.parametrize("seed", range(200))
def test_the_order_of_terms_does_not_matter(seed):
    f = case(seed).f
    g = _shuffled(f, random.Random(seed))
    form = canonical(f)
    forget()
    assert canonical(g) is form, f"{to_text(canonical(g))} and {to_text(form)}"


@pytest.mark.parametrize("text", ["A*B*C", "x*y'*A", "A*S*B'", "inv(A)*B*A'"])
def test_rotated_and_transposed_traces_are_one(text):
    factors = list(mul(*_read(text).args).args)
    forms = {canonical(trace(mul(*factors[i:], *factors[:i]))) for i in range(len(factors))}
    forms.add(canonical(trace(mul(*factors).T)))
    assert len(forms) == 1


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_same_in_every_run(hash_seed):
    code = (
        "from tests.fuzzing.cases import case; from frechet.simplify import simplify; from frechet.language import to_text\n"
        "print('\\n'.join(to_text(simplify(case(seed).f)) for seed in range(60)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines() == [to_text(simplify(case(seed).f)) for seed in range(60)]


# --- what must not be rewritten ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sqrt(a^2)", "abs(a)"),
        ("(a^2)^0.5", "abs(a)"),
        ("sqrt(a^2)*a", "abs(a)*a"),
        ("log(a*b)", "log(a*b)"),
        ("inv(X*Y)", "inv(X*Y)"),
        ("logdet(X*Y)", "logdet(X*Y)"),
        ("norm2(x)^2", "x'*x"),
        ("tr(A)+1", "tr(A) + 1"),
        ("sinh(a)*cosh(a)^-0.5", "sinh(a)*cosh(a)^-0.5"),
    ],
)
def test_only_what_is_true_everywhere(text, form):
    simple = simplify(_read(text))
    assert simple is simplify(_read(form))
    values = {s: np.array([[-0.7]]) for s in symbols(simple)}
    if all(s.is_scalar for s in symbols(simple)) and "log" not in text:
        np.testing.assert_allclose(evaluate(simple, values), evaluate(_read(text), values), rtol=1e-12)


def test_a_commutation_matrix_transposes_only_the_shape_it_is_made_for():
    A = fr.matrix("A", "p", "n")
    right, other = fr.parse("commutation(p,n)*vec(A)", A=A), fr.parse("commutation(n,p)*vec(A)", A=A)
    assert simplify(right) is fr.parse("vec(A')", A=A)
    assert simplify(other) is other


def test_kronecker_products_do_not_commute():
    assert simplify(_read("kron(A,B) - kron(B,A)")).op is add


# --- work ---------------------------------------------------------------------------------------------


def _chain(layers: int, name: str) -> Expr:
    h = symbol(name, "n", 1)
    for k in range(layers):
        h = tanh(add(symbol(f"{name}W{k}", "n", "n") @ h, symbol(f"{name}b{k}", "n", 1)))
    return operations["sum"](h)


def test_work_grows_linearly(monkeypatch):
    """Normal forms computed for ten times the layers: ten times as many."""
    counts = []
    for layers in (300, 3000):
        calls = [0]
        for op, form in list(normal_forms.items()):

            def counted(node, form=form, calls=calls):
                calls[0] += 1
                return form(node)

            monkeypatch.setitem(normal_forms, op, counted)
        simplify(_chain(layers, f"u{layers}"))
        counts.append(calls[0])
        monkeypatch.undo()
    assert counts[0] > 300
    assert counts[1] < 12 * counts[0]


def test_ten_thousand_deep_does_not_recurse():
    f = _chain(10_000, "v")
    assert simplify(f).shape == f.shape
