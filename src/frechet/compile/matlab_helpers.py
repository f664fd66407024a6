"""Helper functions of the MATLAB target for rows of the table, as source: a program carries those that it calls."""

from __future__ import annotations

from frechet.compile.domains import MATLAB_DOMAINS
from frechet.compile.matlab_functions import MATRIX_FUNCTIONS

__all__ = ["ROW_HELPERS"]

ROW_HELPERS: dict[str, str] = {
    **MATLAB_DOMAINS,
    **MATRIX_FUNCTIONS,
    "symmetric_part": """
function S = symmetric_part(A)
  S = (A + A') / 2;
end
""",
    "eigen": """
function F = eigen(A)
  % eigenvalues and eigenvectors; from the smallest value to the largest for symmetric A
  [F.V, D] = eig(A);
  F.values = diag(D);
end
""",
    "singular": """
function F = singular(A)
  % the thin singular value decomposition A = U*diag(s)*V'
  [F.U, S, F.V] = svd(tall(A), 'econ');
  F.s = diag(S);
end
""",
    "orthogonal_triangular": """
function F = orthogonal_triangular(A)
  % the thin decomposition A = Q*R
  [F.Q, F.R] = qr(A, 0);
end
""",
    "extreme_eigenvalue": """
function s = extreme_eigenvalue(A, sgn)
  % the eigenvalue with the largest (sgn 1) or smallest (sgn -1) real part
  values = eig(A);
  [~, i] = max(sgn * real(values));
  if imag(values(i)) ~= 0
    error('the eigenvalue with the extreme real part is not real');
  end
  s = real(values(i));
end
""",
    "spectral_projector": """
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
""",
    "top_projector": """
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
""",
    "sum_of_largest_eigenvalues": """
function s = sum_of_largest_eigenvalues(S, k)
  values = sort(eig(S));
  s = sum(values(end - k + 1:end));
end
""",
    "reciprocal_gaps": """
function R = reciprocal_gaps(x, power)
  % 1/(x(j) - x(i))^power, and 0 on the diagonal
  D = x.' - x;
  off = ~eye(numel(x));
  if power == 1
    tie = 1e-11;
  else
    tie = 5e-6;
  end
  if any(abs(D(off)) <= tie * max(abs(x)))
    error('two of the values coincide');
  end
  R = zeros(size(D));
  R(off) = D(off) .^ -power;
end
""",
    "svd_complement": """
function N = svd_complement(A)
  % the columns that complete the left singular vectors to an orthogonal matrix
  [U, ~, ~] = svd(tall(A));
  N = U(:, size(A, 2) + 1:end);
end
""",
    "singular_values": """
function s = singular_values(A)
  s = svd(tall(A));
end
""",
    "qr_complement": """
function N = qr_complement(A)
  % the columns that complete Q to an orthogonal matrix
  [Q, ~] = qr(A);
  N = Q(:, size(A, 2) + 1:end);
end
""",
    "polar_factor": """
function P = polar_factor(A)
  % U*V' over the singular values that are not zero up to rounding
  [U, S, V] = svd(A, 'econ');
  s = svd(A);
  r = sum(s > max(size(A)) * eps * max(s));
  P = U(:, 1:r) * V(:, 1:r)';
end
""",
    "nearest_rotation": """
function R = nearest_rotation(A)
  % U*diag(1, ..., 1, det(U*V'))*V'
  [U, ~, V] = svd(A);
  U(:, end) = U(:, end) * sign(det(U) * det(V));
  R = U * V';
end
""",
    "lu_without_interchanges": """
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
""",
    "schur_form": """
function F = schur_form(A)
  % A = Q*T*Q', T triangular; for real A with a 2-by-2 block for each complex pair
  [F.Q, F.T] = schur(A);
end
""",
    "hessenberg": """
function F = hessenberg(A)
  % A = Q*H*Q', H zero below the subdiagonal
  [F.Q, F.H] = hess(A);
end
""",
    "reciprocals": """
function y = reciprocals(x)
  % 1/x, refused where an entry is 0 up to rounding
  if any(abs(x) <= 1e-11 * max(abs(x)))
    error('one of the values is 0');
  end
  y = 1 ./ x;
end
""",
    "dual_basis": """
function W = dual_basis(V)
  % inv(V) for eigenvectors V, refused where they are nearly dependent
  W = inv(V);
  if norm(V, 1) * norm(W, 1) > 10 / sqrt(eps)
    error('the eigenvectors are dependent, or nearly so');
  end
end
""",
    "top_eigen": """
function F = top_eigen(S, k)
  % the k largest eigenvalues of a symmetric matrix, the largest first, and their eigenvectors
  F = eigen(S);
  n = size(S, 1);
  F.values = F.values(n:-1:n - k + 1);
  F.V = F.V(:, n:-1:n - k + 1);
end
""",
    "pattern_sylvester": """
function X = pattern_sylvester(T, C, E, U)
  % the X with the pattern U for which T*X - X*T equals C on the pattern E, all entries at once
  n = size(T, 1);
  K = kron(eye(n), T) - kron(T.', eye(n));
  equations = E(:) > 0.5;
  unknowns = U(:) > 0.5;
  K = K(equations, unknowns);
  if rank(K) < size(K, 2)
    error('two of the eigenvalues coincide, or an entry of the subdiagonal is 0');
  end
  X = zeros(n);
  X(unknowns) = K \\ C(equations);
end
""",
    "solve_sylvester": """
function X = solve_sylvester(A, B, C)
  % the X with A*X + X*B = C
  X = no_common_eigenvalue(sylvester(A, B, C), A, B, C);
end
""",
    "solve_stein": """
function X = solve_stein(A, B, C)
  % the X with X - A*X*B = C: by doubling while it converges, else by Kronecker products
  [m, n] = size(C);
  if max(abs(eig(A))) * max(abs(eig(B))) >= 0.99
    X = reshape((eye(m * n) - kron(B.', A)) \\ C(:), m, n);
    X = no_product_one(X, A, B, C);
    return
  end
  X = C;
  while true
    change = A * X * B;
    X = X + change;
    if ~(max(abs(change(:))) > 1e-17 * max(abs(X(:))))
      return
    end
    A = A * A;
    B = B * B;
  end
end
""",
    "solve_continuous_riccati": """
function X = solve_continuous_riccati(A, B, Q, R)
  % the stabilizing X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0, by the sign of the Hamiltonian matrix (Roberts, 1980)
  n = size(A, 1);
  Q = (Q + Q') / 2;
  R = (R + R') / 2;
  Z = signm([A, -B * (R \\ B'); -Q, -A']);
  basis = [Z(1:n, n + 1:end); Z(n + 1:end, n + 1:end) + eye(n)];
  if rank(basis) < n
    error('the continuous Riccati equation has no stabilizing solution');
  end
  X = -basis \\ [Z(1:n, 1:n) + eye(n); Z(n + 1:end, 1:n)];
  X = (X + X') / 2;
end
""",
    "solve_discrete_riccati": """
function X = solve_discrete_riccati(A, B, Q, R)
  % the stabilizing X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q, by doubling (Chu, Fan, Lin and Wang, 2004)
  n = size(A, 1);
  plant = A;
  X = (Q + Q') / 2;
  H = B * ((R + R') / 2 \\ B');
  G = H;
  for k = 1:100
    W = eye(n) + G * X;
    change = A' * X * (W \\ A);
    G = G + A * (W \\ G) * A';
    A = A * (W \\ A);
    X = X + (change + change') / 2;
    if norm(change, 'fro') <= 1e-16 * norm(X, 'fro')
      break
    end
  end
  if all(isfinite(X(:))) && max(abs(eig((eye(n) + H * X) \\ plant))) < 1
    return
  end
  error('the discrete Riccati equation has no stabilizing solution');
end
""",
    "adjugate": """
function B = adjugate(A)
  % from the singular values: finite at singular A too
  [U, S, V] = svd(A);
  s = diag(S);
  others = arrayfun(@(i) prod(s([1:i - 1, i + 1:end])), (1:numel(s)).');
  B = det(U) * det(V') * V * diag(others) * U';
end
""",
    "adjugate_derivative": """
function D = adjugate_derivative(A, E)
  % the derivative of the adjugate at A along E: finite at singular A too
  [U, S, V] = svd(A);
  s = diag(S);
  n = numel(s);
  F = U' * E * V;
  others = zeros(n);
  for i = 1:n
    for j = [1:i - 1, i + 1:n]
      others(i, j) = prod(s(setdiff(1:n, [i, j])));
    end
  end
  D = det(U) * det(V') * V * (diag(others * diag(F)) - others .* F) * U';
end
""",
    "adjugate_second_derivative": """
function D = adjugate_second_derivative(A, E, H)
  % along E and H: the coefficient of t in the derivative at A + t*H, read off at roots of unity
  n = size(A, 1);
  radius = 1;
  if any(A(:)) && any(H(:))
    radius = norm(A, 'fro') / norm(H, 'fro');
  end
  D = zeros(n);
  for k = 0:n
    t = radius * exp(2i * pi * k / (n + 1));
    D = D + adjugate_derivative(A + t * H, E) / t / (n + 1);
  end
  if isreal(A) && isreal(E) && isreal(H)
    D = real(D);
  end
end
""",
    "partial_trace_first": """
function B = partial_trace_first(A, p)
  % the sum of the p blocks on the diagonal of A
  m = size(A, 1) / p;
  n = size(A, 2) / p;
  B = zeros(m, n);
  for k = 0:p - 1
    B = B + A(k * m + (1:m), k * n + (1:n));
  end
end
""",
    "partial_trace_second": """
function B = partial_trace_second(A, p)
  % the trace of each p-by-p block of A
  B = 0;
  for k = 1:p
    B = B + A(k:p:end, k:p:end);
  end
end
""",
    "commutation": """
function K = commutation(m, n)
  % K*A(:) is A.'(:) for A of m rows and n columns
  order = reshape(1:m * n, m, n).';
  K = eye(m * n);
  K = K(order(:), :);
end
""",
    "khatri_rao": """
function K = khatri_rao(A, B)
  % column by column the Kronecker product
  K = zeros(size(A, 1) * size(B, 1), size(A, 2));
  for j = 1:size(A, 2)
    K(:, j) = kron(A(:, j), B(:, j));
  end
end
""",
    "cross_matrix": """
function W = cross_matrix(x)
  % W*y is the cross product of x and y
  W = [0, -x(3), x(2); x(3), 0, -x(1); -x(2), x(1), 0];
end
""",
    "cross_vector": """
function x = cross_vector(W)
  % the x whose cross_matrix is the skew part of W
  x = [W(3, 2) - W(2, 3); W(1, 3) - W(3, 1); W(2, 1) - W(1, 2)] / 2;
end
""",
}
