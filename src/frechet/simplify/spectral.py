"""Functions of a factorization that do not depend on its choice of vectors, as functions of the matrix.

V*diag(f(λ))*V' is f(A), whatever eigenvectors stand in V. Written with the factors its derivative divides by differences
of eigenvalues; as a function of A it is finite and right where eigenvalues coincide. So these are recognised before
anything is differentiated. S is sym(A) of the eigenvalues and eigenvectors of a symmetric matrix.

What the values and vectors of each factorization are stands in `rules.spectra`.

Source: Hawkins and Ben-Israel, On generalized matrix functions, Linear Multilinear Algebra 1 (1973) (U*diag(f(σ))*V').
"""

from __future__ import annotations

from frechet.expr.node import Expr, Operation, postorder
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import coefficient, eye, mul, pow, transpose
from frechet.rules.funm import matrix_version
from frechet.rules.inverse import inv, power
from frechet.rules.linear import diagm, sum, trace
from frechet.rules.pseudoinverse import pinv
from frechet.rules.selection import index
from frechet.rules.singular import polar
from frechet.rules.spectra import GENERAL, SINGULAR, SYMMETRIC, Spectrum
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity, identity_where

__all__ = ["of_eigenvalues", "of_singular_values"]

_SPECTRA = {spectrum.values: spectrum for spectrum in (SYMMETRIC, GENERAL, SINGULAR)}
_U, _V = SINGULAR.vectors


def _columns_of(u: Expr, row) -> Expr | None:
    """The one node of the row that u is made of, or None."""
    if row not in _spectra_in(u):
        return None
    found = [node for node in postorder(u) if node.op is row]
    return found[0] if len(found) == 1 else None


def _spectra_in(u: Expr) -> frozenset[Operation]:
    """Which of the spectra stand in u: known for each node, so that most expressions are never searched."""
    if "spectra" not in u.memo:
        for node in postorder(u, unless="spectra"):
            own = frozenset({node.op}) if node.op in _SPECTRA else frozenset()
            node.memo["spectra"] = own.union(*[a.memo["spectra"] for a in node.args])
    return u.memo["spectra"]


def of_eigenvalues(u: Expr) -> Expr | None:
    """f(S) for u = f(eigvalsh(A)), f(A) for u = f(eigvals(A)), else None."""
    for spectrum in (SYMMETRIC, GENERAL):
        values = _columns_of(u, spectrum.values)
        if values is not None and u.shape == values.shape:
            return matrix_version(u, {values: spectrum.matrix(values.args[0])})
    return None


# --- functions of singular values -------------------------------------------------------------------


def _even_versions(u: Expr, values: Expr) -> dict[Expr, Expr]:
    """σ^(2k) to (A'*A)^k, for the even powers of the singular values in u."""
    A = values.args[0]
    G = mul(transpose(A), A)
    found = {}
    for node in postorder(u):
        if node.op is pow and node.args[0] is values and (k := coefficient(node.args[1])) is not None and k % 2 == 0:
            found[node] = power(G, int(k / 2)) if k > 0 else power(inv(G), int(-k / 2))
    return found


def _even(u: Expr, values: Expr) -> Expr | None:
    """f(A'*A) for u = f(σ^2), else None: no square root, right at singular values that are 0."""
    if values not in postorder(u):
        return matrix_version(u, {values: eye(values.rows)})
    versions = _even_versions(u, values)
    stop = set(versions)
    stack, seen = [u], set()
    while stack:  # the singular values themselves may only stand below even powers
        node = stack.pop()
        if node is values:
            return None
        if node not in stop and node not in seen:
            seen.add(node)
            stack.extend(node.args)
    return matrix_version(u, versions)


def of_singular_values(u: Expr, values: Expr) -> Expr | None:
    """V*diag(u)*V' for u = f(svdvals(A)), else None: f(H) with H = sqrtm(A'*A), the factor of A = polar(A)*H."""
    found = _even(u, values)
    if found is not None:
        return found
    return matrix_version(u, {values: SINGULAR.matrix(values.args[0])})


def _generalized(u: Expr, values: Expr) -> Expr | None:
    """U*diag(u)*V' for u = f(svdvals(A)): A*g(A'*A) where f(σ) = σ*g(σ^2), else polar(A)*f(H)."""
    A = values.args[0]
    quotient = canonical(u / values)
    if quotient is canonical(values**-2):
        return transpose(pinv(A))
    even = _even(quotient, values)
    if even is not None:
        return mul(A, even)
    inside = of_singular_values(u, values)
    return None if inside is None else mul(polar(A), inside)


# --- products ---------------------------------------------------------------------------------------


def _turned(b: Expr) -> Expr:
    return canonical_transpose(b)


@cancellation(*SYMMETRIC.vectors, *GENERAL.vectors)
def spectral_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """V*diag(f(λ))*V' = f(S), V*diag(f(λ))*inv(V) = f(A)."""
    spectrum = next((s for s in (SYMMETRIC, GENERAL) if a.op in s.vectors), None)
    if spectrum is None or b.op is not diagm or c not in map(canonical, spectrum.completed(a)):
        return None
    values = _columns_of(b.args[0], spectrum.values)
    return of_eigenvalues(b.args[0]) if values is not None and values.args[0] is a.args[0] else None


@cancellation(_U, _V)
def singular_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """U*diag(f(σ))*V', V*diag(f(σ))*U', V*diag(f(σ))*V'."""
    if a.op not in (_U, _V) or b.op is not diagm:
        return None
    right = _turned(c)
    values = SINGULAR.values(a.args[0])
    if right.op not in (_U, _V) or right.args[0] is not a.args[0]:
        return None
    u = b.args[0]
    if a.op is _V and right.op is _V:
        return of_singular_values(u, values)
    if a.op is right.op:
        return None
    found = _generalized(u, values)
    return found if found is None or a.op is _U else transpose(found)


@cancellation(_U, _V)
def polar_from_singular_vectors(a: Expr, b: Expr) -> Expr | None:
    """U*V' = polar(A), U*U' = A*pinv(A)."""
    if a.op not in (_U, _V):
        return None
    A, right = a.args[0], _turned(b)
    if right.op not in (_U, _V) or right.args[0] is not A or (a.op is right.op is _V):
        return None
    if a.op is right.op:
        return mul(A, pinv(A))
    return polar(A) if a.op is _U else transpose(polar(A))


def _some_columns(a: Expr, spectrum: Spectrum) -> tuple[Expr, Size, Size] | None:
    """(V, i, j) for V[:,i:j] of vectors of the spectrum, else None."""
    if a.op is not index or a.args[0].op not in spectrum.vectors:
        return None
    first, last, left, right = a.params
    return (a.args[0], left, right) if first is ONE and last is a.args[0].rows else None


@cancellation(index)
def projector_of_cluster(a: Expr, b: Expr) -> Expr | None:
    """V[:,i:j]*V[:,i:j]' is the spectral projector of a cluster, for eigenvectors and singular vectors."""
    for spectrum in (SYMMETRIC, SINGULAR):
        columns = _some_columns(a, spectrum)
        if columns is not None and _turned(b) is a:
            return spectrum.projector(*columns)
    return None


@cancellation(index)
def part_of_singular_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """U[:,i:j]*diag(σ[i:j])*V[:,i:j]' = A*P with the projector P on those right singular vectors."""
    one, other = _some_columns(a, SINGULAR), _some_columns(_turned(c), SINGULAR)
    if one is None or other is None or b.op is not diagm or b.args[0].op is not index:
        return None
    (V, left, right), (W, *same), values = one, other, b.args[0]
    A = V.args[0]
    if W.args[0] is not A or V.op is W.op or same != [left, right] or values.args[0] is not SINGULAR.values(A):
        return None
    if values.params[:2] != (left, right):
        return None
    P = SINGULAR.projector(_V(A), left, right)
    assert P is not None
    approximation = mul(A, P)
    return approximation if V.op is _U else transpose(approximation)


@cancellation()
def product_of_spectral_functions(a: Expr, b: Expr) -> Expr | None:
    """f(λ)'*g(λ) = tr(f(S)*g(S)), and the same of singular values."""
    if a.rows is not ONE or b.cols is not ONE or not (_spectra_in(a) or _spectra_in(b)):
        return None
    return _trace_of(canonical(canonical_transpose(a) * b))


# --- sums, norms, extremes --------------------------------------------------------------------------


def _trace_of(u: Expr) -> Expr | None:
    """The sum of the entries of u = f(λ) or f(σ) as a trace, else None."""
    values = _columns_of(u, SINGULAR.values)
    if values is None or u.shape != values.shape:
        inside = of_eigenvalues(u)
    elif u is values:
        return SINGULAR.cluster(values.args[0], ONE, values.rows)
    else:
        inside = of_singular_values(u, values)
    return None if inside is None else trace(inside)


@identity(sum)
def sum_over_spectrum(node: Expr) -> Expr | None:
    """sum(f(λ)) = tr(f(S)), sum(f(σ)) = tr(f(H)), sum(σ) = normnuc(A)."""
    return _trace_of(node.args[0])


@identity_where(lambda op: op.of_spectrum is not None)
def function_of_spectrum(node: Expr) -> Expr | None:
    """norm2(f(λ)) = norm2(f(S)), the Frobenius norm; logsumexp(f(λ)) = log(tr(expm(f(S))))."""
    u = node.args[0]
    inside = of_eigenvalues(u)
    is_orthogonal = _columns_of(u, GENERAL.values) is None
    return None if inside is None else node.op.of_spectrum(inside, is_orthogonal)  # type: ignore[misc]


@identity(index)
def entry_of_spectrum(node: Expr) -> Expr | None:
    """λ[1] = eigmin(S), λ[n] = eigmax(S), λ[i] between them a difference of cluster sums; σ[1] = normspec(A)."""
    values, (first, last, *_) = node.args[0], node.params
    spectrum = _SPECTRA.get(values.op)
    return spectrum.entry(values.args[0], first) if spectrum is not None and first is last else None


@identity(sum)
def sum_over_cluster(node: Expr) -> Expr | None:
    """sum(λ[i:j]) is a difference of cluster sums; sum(σ[1:k]) tr(polar(A*P)'*A), P the leading projector."""
    u = node.args[0]
    spectrum = _SPECTRA.get(u.args[0].op) if u.op is index else None
    return spectrum.cluster(u.args[0].args[0], *u.params[:2]) if spectrum is not None else None
