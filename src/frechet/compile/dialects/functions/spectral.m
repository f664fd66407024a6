function F = eigen(A)
  % eigenvalues and eigenvectors; from the smallest value to the largest for symmetric A
  [F.V, D] = eig(A);
  F.values = diag(D);
end

function F = singular(A)
  % the thin singular value decomposition A = U*diag(s)*V'
  [F.U, S, F.V] = svd(tall(A), 'econ');
  F.s = diag(S);
end

function F = orthogonal_triangular(A)
  % the thin decomposition A = Q*R
  [F.Q, F.R] = qr(A, 0);
end

function s = extreme_eigenvalue(A, sgn)
  % the eigenvalue with the largest (sgn 1) or smallest (sgn -1) real part
  values = eig(A);
  [~, i] = max(sgn * real(values));
  if imag(values(i)) ~= 0
    error('the eigenvalue with the extreme real part is not real');
  end
  s = real(values(i));
end

function P = spectral_projector(A, sgn)
  % v*w'/(w'*v) for the eigenvalue with the largest (sgn 1) or smallest (sgn -1) real part
  [V, D] = eig(A);
  [~, i] = max(sgn * real(diag(D)));
  if imag(D(i, i)) ~= 0
    error('the eigenvalue with the extreme real part is not real');
  end
  [W, E] = eig(A');
  [~, j] = min(abs(conj(diag(E)) - D(i, i)));
  gaps = abs(diag(D) - D(i, i));
  apart(gaps([1:i - 1, i + 1:end]), diag(D));
  P = V(:, i) * W(:, j)' / (W(:, j)' * V(:, i));
  if isreal(A)
    P = real(P);
  end
end

function P = top_projector(S, k)
  % on the eigenvectors of the k largest eigenvalues of a symmetric S
  [V, D] = eig(S);
  values = diag(D);
  if k < numel(values)
    apart(values(end - k + 1) - values(end - k), values);
  end
  V = V(:, end - k + 1:end);
  P = V * V';
end

function s = sum_of_largest_eigenvalues(S, k)
  values = sort(eig(S));
  s = sum(values(end - k + 1:end));
end

function R = reciprocal_gaps(x, power)
  % 1/(x(j) - x(i))^power, and 0 on the diagonal
  D = x.' - x;
  off = ~eye(numel(x));
  if power == 1
    tie = TIE;
  else
    tie = SQUARED_TIE;
  end
  if any(abs(D(off)) <= tie * max(abs(x)))
    error('two of the values coincide');
  end
  R = zeros(size(D));
  R(off) = D(off) .^ -power;
end

function N = svd_complement(A)
  % the columns that complete the left singular vectors to an orthogonal matrix
  [U, ~, ~] = svd(tall(A));
  N = U(:, size(A, 2) + 1:end);
end

function s = singular_values(A)
  s = svd(tall(A));
end

function N = qr_complement(A)
  % the columns that complete Q to an orthogonal matrix
  [Q, ~] = qr(A);
  N = Q(:, size(A, 2) + 1:end);
end

function P = polar_factor(A)
  % U*V' over the singular values that are not zero up to rounding
  [U, S, V] = svd(A, 'econ');
  s = svd(A);
  r = sum(s > max(size(A)) * eps * max(s));
  P = U(:, 1:r) * V(:, 1:r)';
end

function R = nearest_rotation(A)
  % U*diag(1, ..., 1, det(U*V'))*V'
  [U, ~, V] = svd(A);
  U(:, end) = U(:, end) * sign(det(U) * det(V));
  R = U * V';
end

function F = lu_without_interchanges(A)
  n = size(A, 1);
  F.L = eye(n);
  for k = 1:n - 1
    if A(k, k) == 0
      error('a pivot is 0: permute the rows first');
    end
    F.L(k + 1:n, k) = A(k + 1:n, k) / A(k, k);
    A(k + 1:n, :) = A(k + 1:n, :) - F.L(k + 1:n, k) * A(k, :);
  end
  F.U = triu(A);
end

function F = schur_form(A)
  % A = Q*T*Q', T triangular; for real A with a 2-by-2 block for each complex pair
  [F.Q, F.T] = schur(A);
end

function F = hessenberg(A)
  % A = Q*H*Q', H zero below the subdiagonal
  [F.Q, F.H] = hess(A);
end

function y = reciprocals(x)
  % 1/x, refused where an entry is 0 up to rounding
  if any(abs(x) <= TIE * max(abs(x)))
    error('one of the values is 0');
  end
  y = 1 ./ x;
end

function W = dual_basis(V)
  % inv(V) for eigenvectors V, refused where they are nearly dependent
  W = inv(V);
  if norm(V, 1) * norm(W, 1) > 10 / sqrt(eps)
    error('the eigenvectors are dependent, or nearly so');
  end
end

function F = top_eigen(S, k)
  % the k largest eigenvalues of a symmetric matrix, the largest first, and their eigenvectors
  F = eigen(S);
  n = size(S, 1);
  F.values = F.values(n:-1:n - k + 1);
  F.V = F.V(:, n:-1:n - k + 1);
end
