"""Functions of a factorization that do not depend on its choice of vectors, as functions of the matrix.

V*diag(f(λ))*V' is f(A), whatever eigenvectors stand in V. Written with the factors its derivative divides by differences
of eigenvalues; as a function of A it is finite and right where eigenvalues coincide. So these are recognised before
anything is differentiated. S is sym(A) of the eigenvalues and eigenvectors of a symmetric matrix.

Source: Higham, Functions of Matrices (2008), sec. 1.2 (f(A)), 8.1 (polar factor); Lewis, Derivatives of spectral
functions, Math. Oper. Res. 21 (1996); Hawkins and Ben-Israel, On generalized matrix functions, Linear Multilinear Algebra
1 (1973) (U*diag(f(σ))*V'); Kato, Perturbation Theory for Linear Operators, ch. II, sec. 2 (projectors, cluster sums).
"""

from __future__ import annotations

from frechet.expr.node import Expr, Operation, postorder
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import coefficient, eye, mul, pow, transpose, zeros
from frechet.rules.eigen import eigdual, eigvals, eigvecs
from frechet.rules.elementwise import log
from frechet.rules.funm import matrix_version
from frechet.rules.inverse import inv, power
from frechet.rules.linear import diagm, sum, sym, trace
from frechet.rules.matrix_functions import expm
from frechet.rules.pseudoinverse import pinv
from frechet.rules.reductions import logsumexp, norm2
from frechet.rules.selection import index
from frechet.rules.singular import normnuc, normspec, polar, svdu, svdv, svdvals
from frechet.rules.spectral import eigmax, eigmin, eigvalsh, eigvecsh, sumlargest, topproj
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity

__all__ = ["of_eigenvalues", "of_singular_values"]

_SPECTRA = {eigvalsh, eigvals, svdvals}


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
    for row in (eigvalsh, eigvals):
        values = _columns_of(u, row)
        if values is not None and u.shape == values.shape:
            A = values.args[0]
            return matrix_version(u, {values: sym(A) if row is eigvalsh else A})
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
    A = values.args[0]
    return matrix_version(u, {values: sym(polar(A).T @ A)})


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


@cancellation(eigvecsh)
def symmetric_spectral_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """V*diag(f(λ))*V' = f(S)."""
    if a.op is not eigvecsh or b.op is not diagm or _turned(c) is not a:
        return None
    values = _columns_of(b.args[0], eigvalsh)
    return of_eigenvalues(b.args[0]) if values is not None and values.args[0] is a.args[0] else None


@cancellation(eigvecs)
def spectral_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """V*diag(f(λ))*inv(V) = f(A)."""
    if a.op is not eigvecs or b.op is not diagm or c not in (canonical(inv(a)), eigdual(a.args[0])):
        return None
    values = _columns_of(b.args[0], eigvals)
    return of_eigenvalues(b.args[0]) if values is not None and values.args[0] is a.args[0] else None


@cancellation(svdu, svdv)
def singular_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """U*diag(f(σ))*V', V*diag(f(σ))*U', V*diag(f(σ))*V'."""
    if a.op not in (svdu, svdv) or b.op is not diagm:
        return None
    right = _turned(c)
    values = svdvals(a.args[0])
    if right.op not in (svdu, svdv) or right.args[0] is not a.args[0]:
        return None
    u = b.args[0]
    if a.op is svdv and right.op is svdv:
        return of_singular_values(u, values)
    if a.op is right.op:
        return None
    found = _generalized(u, values)
    return found if found is None or a.op is svdu else transpose(found)


@cancellation(svdu, svdv)
def polar_from_singular_vectors(a: Expr, b: Expr) -> Expr | None:
    """U*V' = polar(A), U*U' = A*pinv(A)."""
    if a.op not in (svdu, svdv):
        return None
    A, right = a.args[0], _turned(b)
    if right.op not in (svdu, svdv) or right.args[0] is not A or (a.op is right.op is svdv):
        return None
    if a.op is right.op:
        return mul(A, pinv(A))
    return polar(A) if a.op is svdu else transpose(polar(A))


def _some_columns(a: Expr, *rows) -> tuple[Expr, Size, Size] | None:
    """(V, i, j) for V[:,i:j] of a matrix of these rows, else None."""
    if a.op is not index or a.args[0].op not in rows:
        return None
    first, last, left, right = a.params
    return (a.args[0], left, right) if first is ONE and last is a.args[0].rows else None


def _leading_projector(S: Expr, left: Size, right: Size) -> Expr:
    """The projector on the eigenvectors of the eigenvalues left, ..., right of S, counted from the largest."""
    n = S.rows
    inner = zeros(n, n) if left is ONE else topproj(S, params=(left - 1,))
    return topproj(S, params=(right,)) - inner


@cancellation(index)
def projector_of_cluster(a: Expr, b: Expr) -> Expr | None:
    """V[:,i:j]*V[:,i:j]' is the spectral projector of a cluster, for eigenvectors and singular vectors."""
    columns = _some_columns(a, eigvecsh, svdu, svdv)
    if columns is None or _turned(b) is not a:
        return None
    V, left, right = columns
    A, n = V.args[0], V.cols
    if V.op is eigvecsh:  # from the smallest eigenvalue on
        return _leading_projector(sym(A), n - right + 1, n - left + 1)
    return _leading_projector(mul(A, transpose(A)) if V.op is svdu else mul(transpose(A), A), left, right)


@cancellation(index)
def part_of_singular_decomposition(a: Expr, b: Expr, c: Expr) -> Expr | None:
    """U[:,i:j]*diag(σ[i:j])*V[:,i:j]' = A*P with the projector P on those right singular vectors."""
    one, other = _some_columns(a, svdu, svdv), _some_columns(_turned(c), svdu, svdv)
    if one is None or other is None or b.op is not diagm or b.args[0].op is not index:
        return None
    (V, left, right), (W, *same), values = one, other, b.args[0]
    A = V.args[0]
    if W.args[0] is not A or V.op is W.op or same != [left, right] or values.args[0] is not svdvals(A):
        return None
    if values.params[:2] != (left, right):
        return None
    approximation = mul(A, _leading_projector(mul(transpose(A), A), left, right))
    return approximation if V.op is svdu else transpose(approximation)


@cancellation()
def product_of_spectral_functions(a: Expr, b: Expr) -> Expr | None:
    """f(λ)'*g(λ) = tr(f(S)*g(S)), and the same of singular values."""
    if a.rows is not ONE or b.cols is not ONE or not (_spectra_in(a) or _spectra_in(b)):
        return None
    return _trace_of(canonical(canonical_transpose(a) * b))


# --- sums, norms, extremes --------------------------------------------------------------------------


def _trace_of(u: Expr) -> Expr | None:
    """The sum of the entries of u = f(λ) or f(σ) as a trace, else None."""
    values = _columns_of(u, svdvals)
    if values is not None and u.shape == values.shape:
        if u is values:
            return normnuc(values.args[0])
        inside = of_singular_values(u, values)
    else:
        inside = of_eigenvalues(u)
    return None if inside is None else trace(inside)


@identity(sum)
def sum_over_spectrum(node: Expr) -> Expr | None:
    """sum(f(λ)) = tr(f(S)), sum(f(σ)) = tr(f(H)), sum(σ) = normnuc(A)."""
    return _trace_of(node.args[0])


@identity(norm2)
def norm_over_spectrum(node: Expr) -> Expr | None:
    """norm2(f(λ)) = norm2(f(S)), the Frobenius norm."""
    u = node.args[0]
    inside = of_eigenvalues(u) if _columns_of(u, eigvals) is None else None
    return None if inside is None else norm2(inside)


@identity(logsumexp)
def logsumexp_over_spectrum(node: Expr) -> Expr | None:
    """logsumexp(f(λ)) = log(tr(expm(f(S))))."""
    inside = of_eigenvalues(node.args[0])
    return None if inside is None else log(trace(expm(inside)))


@identity(index)
def entry_of_spectrum(node: Expr) -> Expr | None:
    """λ[1] = eigmin(S), λ[n] = eigmax(S), λ[i] between them a difference of cluster sums; σ[1] = normspec(A)."""
    values, (first, last, *_) = node.args[0], node.params
    if values.op not in (eigvalsh, svdvals) or first is not last:
        return None
    A, n = values.args[0], values.rows
    if values.op is svdvals:
        return normspec(A) if first is ONE else None
    if first is ONE or first is n:
        return (eigmin if first is ONE else eigmax)(sym(A))
    return sumlargest(sym(A), params=(n - first + 1,)) - sumlargest(sym(A), params=(n - first,))


@identity(sum)
def sum_over_cluster(node: Expr) -> Expr | None:
    """sum(λ[i:j]) is a difference of cluster sums; sum(σ[1:k]) tr(polar(A*P)'*A), P the leading projector."""
    u = node.args[0]
    if u.op is not index or u.args[0].op not in (eigvalsh, svdvals):
        return None
    values, (first, last, *_) = u.args[0], u.params
    A, n = values.args[0], values.rows
    if values.op is svdvals:
        if first is not ONE:
            return None
        P = topproj(mul(transpose(A), A), params=(last,))
        return normnuc(A) if last is n else trace(mul(transpose(polar(mul(A, P))), A))
    below = sumlargest(sym(A), params=(n - last,)) if last is not n else zeros(1, 1)
    return sumlargest(sym(A), params=(n - first + 1,)) - below
