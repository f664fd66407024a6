"""The tests of domains that generated Julia and MATLAB code carries, in both languages, their bounds from one home.

A test is a helper function: it gives its argument back, or refuses with an error that says which assumption failed.
JAX and PyTorch, which cannot raise in compiled code, have them as factors that are 1 or NaN (`native`, `native_jax`,
`native_torch`).
"""

from __future__ import annotations

from frechet.rules.spectral import TIE

__all__ = ["JULIA_DOMAINS", "MATLAB_DOMAINS", "ROUNDINGS"]

ROUNDINGS = 10
"""The rounding errors of eigenvalues, in units of the roundoff times the norm of the matrix."""
_BOUNDS = {"TIE": repr(TIE[1]), "ROUNDINGS": repr(ROUNDINGS)}


def _with_bounds(texts: dict[str, str]) -> dict[str, str]:
    for word, bound in _BOUNDS.items():
        texts = {name: text.replace(word, bound) for name, text in texts.items()}
    return texts


MATLAB_DOMAINS = _with_bounds(
    {
        "sound": """
function T = sound(T, power)
  % a triangular matrix, refused where T to this power is singular up to rounding
  if ~(rcond(T)^power >= eps)
    error('the matrix is singular, or so near to it that rounding decides');
  end
end
""",
        "more_than_rounding": """
function p = more_than_rounding(p, L, U)
  % the pivots p of L*U, refused where one is no larger than the rounding errors of its own elimination
  if ~all(abs(p) > numel(p) * eps * sum(abs(L) .* abs(U).', 2))
    error('the matrix is singular up to rounding');
  end
end
""",
        "apart": """
function gap = apart(gap, values)
  % a gap between values, refused where rounding leaves few digits of it
  if any(gap(:) <= TIE * max(abs(values)))
    error('two of the values coincide');
  end
end
""",
        "tall": """
function A = tall(A)
  if size(A, 1) < size(A, 2)
    error('it has fewer rows than columns: take its transpose');
  end
end
""",
        "real_where": """
function y = real_where(y, x)
  % the values y of a function at x, NaN where they are not real for real x
  if isreal(x) && ~isreal(y)
    bad = imag(y) ~= 0;
    y = real(y);
    y(bad) = NaN;
  end
end
""",
        "no_common_eigenvalue": """
function X = no_common_eigenvalue(X, A, B, C)
  % the solution of A*X + X*B = C, refused where an eigenvalue of A is minus one of B up to rounding
  rounding = ROUNDINGS * eps * (norm(A, 'fro') + norm(B, 'fro'));
  sums = abs(eig(A) + eig(B).');
  if ~(min(sums(:)) > rounding) || ~(norm(X, 'fro') * rounding <= ROUNDINGS * norm(C, 'fro'))
    error('the equation is singular: an eigenvalue of the one is minus one of the other');
  end
end
""",
        "no_product_one": """
function X = no_product_one(X, A, B, C)
  % the solution of X - A*X*B = C, refused where a product of an eigenvalue of A and one of B is 1 up to rounding
  s = eig(A);
  t = eig(B).';
  rounding = ROUNDINGS * eps * (1 + abs(s) * norm(B, 'fro') + norm(A, 'fro') * abs(t));
  far = abs(1 - s * t) > rounding;
  if ~all(far(:)) || ~(norm(X, 'fro') * eps * (1 + norm(A, 'fro') * norm(B, 'fro')) <= norm(C, 'fro'))
    error('the equation is singular: a product of an eigenvalue of the one and one of the other is 1');
  end
end
""",
        "principal": """
function F = principal(F, A)
  % a function of the matrix A, refused where it is not finite, or not real for real A
  if ~all(isfinite(F(:))) || (isreal(A) && norm(imag(F), 'fro') > 1e-7 * norm(F, 'fro'))
    error('the function is not finite, or not real, at an eigenvalue');
  end
  if isreal(A)
    F = real(F);
  end
end
""",
        "off_imaginary_rays": """
function A = off_imaginary_rays(A)
  % a matrix without eigenvalues on the imaginary axis at 1i or beyond
  z = eig(A);
  if any(abs(real(z)) <= 1e-14 * numel(z) * abs(z) & abs(z) >= 1 - 1e-14 * numel(z))
    error('an eigenvalue lies on a branch cut of the function');
  end
end
""",
        "off_imaginary_axis": """
function A = off_imaginary_axis(A)
  % a matrix without eigenvalues on the imaginary axis, but for 0
  z = eig(A);
  if any(abs(real(z)) <= 1e-14 * numel(z) * abs(z) & abs(z) > 0)
    error('an eigenvalue lies on the imaginary axis');
  end
end
""",
        "by_eigenvectors": """
function F = by_eigenvectors(f, A)
  % f(A) for a matrix with a full set of eigenvectors
  [V, D] = eig(A);
  if ~(rcond(V) > sqrt(eps))
    error('the function is not finite at an eigenvalue, or the eigenvectors are dependent');
  end
  F = principal(V * diag(f(diag(D))) / V, A);
end
""",
        "is_nearly_singular": """
function found = is_nearly_singular(A)
  % whether an eigenvalue is far smaller than another
  sizes = abs(eig(A));
  found = min(sizes) <= 1e-8 * max(sizes);
end
""",
        "invertible": """
function A = invertible(A)
  if any(eig(A) == 0)
    error('an eigenvalue is 0');
  end
end
""",
    }
)

JULIA_DOMAINS = _with_bounds(
    {
        "sound": """
"The factor T of a matrix, T or (with power 2) T*T', refused where that is singular up to rounding"
function sound(T, power)
    cond(T, 1)^power * eps() <= 1 || error("the matrix is singular, or so near to it that rounding decides")
    return T
end
""",
        "sound_factors": """
"The LU factors of a matrix, refused where it is singular up to rounding"
function sound_factors(F)
    sound(UpperTriangular(F.U), 1)
    return F
end
""",
        "sound_cholesky": """
"The Cholesky factors of a matrix, refused where it is singular up to rounding"
function sound_cholesky(F)
    sound(F.L, 2)
    return F
end
""",
        "more_than_rounding": """
"The pivots p of L*U, refused where one is no larger than the rounding errors of its own elimination"
function more_than_rounding(p, L, U)
    sizes = vec(sum(abs.(L) .* abs.(transpose(U)), dims=2))
    all(abs.(p) .> length(p) * eps() * sizes) || error("the matrix is singular up to rounding")
    return p
end
""",
        "log_determinant": """
"log|det(A)| from the LU factors"
log_determinant(F) = sum(log.(abs.(more_than_rounding(diag(F.U), F.L, F.U))))
""",
        "cholesky_log_determinant": """
"log(det(A)) from the Cholesky factors"
function cholesky_log_determinant(F)
    L = Matrix(F.L)
    return 2 * sum(log.(sqrt.(more_than_rounding(abs2.(diag(L)), L, L'))))
end
""",
        "apart": """
"A gap between values, refused where rounding leaves few digits of it"
apart(gap, values) = gap > TIE * maximum(abs.(values)) ? gap : error("two of the values coincide")
""",
        "tall": """
"A, which must have at least as many rows as columns"
tall(A) = size(A, 1) >= size(A, 2) ? A : error("it has fewer rows than columns: take its transpose")
""",
        "no_common_eigenvalue": """
"The solution of A*X + X*B = C, refused where an eigenvalue of A is minus one of B up to rounding"
function no_common_eigenvalue(X, A, B, C)
    rounding = ROUNDINGS * eps() * (norm(A) + norm(B))
    sums = abs.(eigvals(A) .+ transpose(eigvals(B)))
    fits = minimum(sums) > rounding && norm(X) * rounding <= ROUNDINGS * norm(C)
    fits || error("the equation is singular: an eigenvalue of the one is minus one of the other")
    return X
end
""",
        "no_product_one": """
"The solution of X - A*X*B = C, refused where a product of an eigenvalue of A and one of B is 1 up to rounding"
function no_product_one(X, A, B, C)
    s, t = eigvals(A), transpose(eigvals(B))
    rounding = ROUNDINGS * eps() * (1 .+ abs.(s) * norm(B) .+ norm(A) * abs.(t))
    far = all(abs.(1 .- s .* t) .> rounding)
    far && norm(X) * eps() * (1 + norm(A) * norm(B)) <= norm(C) ||
        error("the equation is singular: a product of an eigenvalue of the one and one of the other is 1")
    return X
end
""",
        "principal": """
"F, a function of the matrix A, refused where it is not finite, or not real for real A"
function principal(F, A)
    all(isfinite.(F)) || error("the function is not finite at an eigenvalue")
    isreal(A) || return F
    norm(imag(F)) <= 1e-7 * norm(F) || error("the function is not real at an eigenvalue")
    return real(F)
end
""",
        "off_imaginary_rays": """
"A matrix without eigenvalues on the imaginary axis at 1im or beyond"
function off_imaginary_rays(A)
    for z in eigvals(A)
        abs(real(z)) <= 1e-14 * size(A, 1) * abs(z) && abs(z) >= 1 - 1e-14 * size(A, 1) &&
            error("an eigenvalue lies on a branch cut of the function")
    end
    return A
end
""",
        "off_imaginary_axis": """
"A matrix without eigenvalues on the imaginary axis, but for 0"
function off_imaginary_axis(A)
    for z in eigvals(A)
        abs(real(z)) <= 1e-14 * size(A, 1) * abs(z) && abs(z) > 0 && error("an eigenvalue lies on the imaginary axis")
    end
    return A
end
""",
        "by_eigenvectors": """
"f(A) for a matrix with a full set of eigenvectors"
function by_eigenvectors(f, A)
    F = eigen(A)
    cond(F.vectors, 1) * sqrt(eps()) < 1 ||
        error("the function is not finite at an eigenvalue, or the eigenvectors are dependent")
    return principal(F.vectors * Diagonal(f.(F.values)) * inv(F.vectors), A)
end
""",
        "is_nearly_singular": """
"Whether an eigenvalue is far smaller than another"
function is_nearly_singular(A)
    sizes = abs.(eigvals(A))
    return minimum(sizes) <= 1e-8 * maximum(sizes)
end
""",
        "invertible": """
"A matrix that has no eigenvalue 0"
function invertible(A)
    all(eigvals(A) .!= 0) || error("an eigenvalue is 0")
    return A
end
""",
    }
)
