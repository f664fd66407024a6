function T = sound(T, power)
  % a triangular matrix, refused where T to this power is singular up to rounding
  if ~(rcond(T)^power > UNDECIDED * eps || (isdiag(T) && all(diag(T))))
    error('the matrix is singular, or so near to it that rounding decides');
  end
end

function gap = apart(gap, values)
  % a gap between values, refused where rounding leaves few digits of it
  if any(gap(:) <= TIE * max(abs(values)))
    error('two of the values coincide');
  end
end

function A = tall(A)
  if size(A, 1) < size(A, 2)
    error('it has fewer rows than columns: take its transpose');
  end
end

function y = real_where(y, x)
  % the values y of a function at x, NaN where they are not real for real x
  if isreal(x) && ~isreal(y)
    bad = imag(y) ~= 0;
    y = real(y);
    y(bad) = NaN;
  end
end

function X = no_common_eigenvalue(X, A, B, C)
  % the solution of A*X + X*B = C, refused where an eigenvalue of A is minus one of B up to rounding
  rounding = ROUNDINGS * eps * (norm(A, 'fro') + norm(B, 'fro'));
  sums = abs(eig(A) + eig(B).');
  if ~(min(sums(:)) > rounding) || ~(norm(X, 'fro') * rounding <= ROUNDINGS * norm(C, 'fro'))
    error('the equation is singular: an eigenvalue of the one is minus one of the other');
  end
end

function X = no_product_one(X, A, B, C)
  % the solution of X - A*X*B = C, refused where a product of an eigenvalue of A and one of B is 1 up to rounding
  s = eig(A);
  t = eig(B).';
  rounding = 10 * eps * (1 + abs(s) * norm(B, 'fro') + norm(A, 'fro') * abs(t));
  far = abs(1 - s * t) > rounding;
  if ~all(far(:)) || ~(norm(X, 'fro') * eps * (1 + norm(A, 'fro') * norm(B, 'fro')) <= norm(C, 'fro'))
    error('the equation is singular: a product of an eigenvalue of the one and one of the other is 1');
  end
end

function F = principal(F, A)
  % a function of the matrix A, refused where it is not finite, or not real for real A
  if ~all(isfinite(F(:))) || (isreal(A) && norm(imag(F), 'fro') > 1e-7 * norm(F, 'fro'))
    error('the function is not finite, or not real, at an eigenvalue');
  end
  if isreal(A)
    F = real(F);
  end
end

function z = eigenvalues_once(A)
  % the eigenvalues; of one that stands twice, and is known to half of the digits, the mean, which is known to all
  z = eig(A);
  near = abs(z - z.') <= 1e-6 * abs(z);
  z = near * z ./ sum(near, 2);
end

function A = off_imaginary_rays(A)
  % a matrix without eigenvalues on the imaginary axis at 1i or beyond
  z = eigenvalues_once(A);
  if any(abs(real(z)) <= 1e-14 * numel(z) * abs(z) & abs(z) >= 1 - 1e-14 * numel(z))
    error('an eigenvalue lies on a branch cut of the function');
  end
end

function A = off_imaginary_axis(A)
  % a matrix without eigenvalues on the imaginary axis, but for 0
  z = eigenvalues_once(A);
  if any(abs(real(z)) <= 1e-14 * numel(z) * abs(z) & abs(z) > 0)
    error('an eigenvalue lies on the imaginary axis');
  end
end

function F = by_eigenvectors(f, A)
  % f(A) for a matrix with a full set of eigenvectors
  [V, D] = eig(A);
  if ~(rcond(V) > sqrt(eps))
    error('the function is not finite at an eigenvalue, or the eigenvectors are dependent');
  end
  F = principal(V * diag(f(diag(D))) / V, A);
end

function found = is_nearly_singular(A)
  % whether an eigenvalue is far smaller than another
  sizes = abs(eig(A));
  found = min(sizes) <= 1e-8 * max(sizes);
end

function A = invertible(A)
  if any(eig(A) == 0)
    error('an eigenvalue is 0');
  end
end

function X = stabilizing(X, residual, terms, far, scale)
  % X, whose closed loop is so far from the border of stability, and whose residual is rounding of the terms
  if ~(norm(residual, 'fro') <= UNSOLVED * terms)
    error('the equation has no stabilizing solution');
  end
  if ~(far > sqrt(eps) * scale)
    error('no solution stabilizes, or rounding decides whether one does');
  end
end
