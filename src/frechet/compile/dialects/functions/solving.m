function F = factors(A)
  [F.L, F.U, F.P] = lu(A);
end

function X = lu_solve(F, B, transposed)
  sound(F.U, 1);
  if transposed
    X = F.P.' * (F.L.' \ (F.U.' \ B));
  else
    X = F.U \ (F.L \ (F.P * B));
  end
end

function s = lu_logdet(F)
  sound(F.U, 1);
  s = sum(log(abs(diag(F.U))));
end

function s = cholesky_logdet(L)
  s = 2 * sum(log(diag(sound(L, 2))));
end

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
  X(unknowns) = K \ C(equations);
end

function X = solve_sylvester(A, B, C)
  % the X with A*X + X*B = C
  X = no_common_eigenvalue(sylvester(A, B, C), A, B, C);
end

function X = solve_stein(A, B, C)
  % the X with X - A*X*B = C: by doubling while it converges, else by Kronecker products
  [m, n] = size(C);
  if max(abs(eig(A))) * max(abs(eig(B))) >= 0.99
    X = reshape((eye(m * n) - kron(B.', A)) \ C(:), m, n);
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

function X = solve_continuous_riccati(A, B, Q, R)
  % the stabilizing X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0, by the sign of the Hamiltonian matrix (Roberts, 1980)
  n = size(A, 1);
  Q = (Q + Q') / 2;
  R = (R + R') / 2;
  Z = signm([A, -B * (R \ B'); -Q, -A']);
  basis = [Z(1:n, n + 1:end); Z(n + 1:end, n + 1:end) + eye(n)];
  if rank(basis) < n
    error('the equation has no stabilizing solution');
  end
  X = -basis \ [Z(1:n, 1:n) + eye(n); Z(n + 1:end, 1:n)];
  X = (X + X') / 2;
  F = R \ (B' * X);
  closed = A - B * F;
  residual = A' * X + X * A - X * B * F + Q;
  terms = 2 * norm(A' * X, 'fro') + norm(X * B * F, 'fro') + norm(Q, 'fro');
  X = stabilizing(X, residual, terms, -max(real(eig(closed))), norm(closed, 'fro'));
end

function X = solve_discrete_riccati(A, B, Q, R)
  % the stabilizing X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q, by doubling (Chu, Fan, Lin and Wang, 2004)
  n = size(A, 1);
  plant = A;
  Q = (Q + Q') / 2;
  R = (R + R') / 2;
  X = Q;
  G = B * (R \ B');
  for k = 1:100
    W = eye(n) + G * X;
    change = A' * X * (W \ A);
    G = G + A * (W \ G) * A';
    A = A * (W \ A);
    X = X + (change + change') / 2;
    if norm(change, 'fro') <= 1e-16 * norm(X, 'fro')
      break
    end
  end
  if ~all(isfinite(X(:)))
    error('the equation has no stabilizing solution');
  end
  F = (R + B' * X * B) \ (B' * X * plant);
  closed = plant - B * F;
  residual = plant' * X * closed - X + Q;
  terms = norm(X, 'fro') + norm(plant' * X * plant, 'fro') + norm(plant' * X * B * F, 'fro') + norm(Q, 'fro');
  X = stabilizing(X, residual, terms, 1 - max(abs(eig(closed))), 1 + norm(closed, 'fro'));
end

function B = adjugate(A)
  % from the singular values: finite at singular A too
  [U, S, V] = svd(A);
  s = diag(S);
  others = arrayfun(@(i) prod(s([1:i - 1, i + 1:end])), (1:numel(s)).');
  B = det(U) * det(V') * V * diag(others) * U';
end

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
