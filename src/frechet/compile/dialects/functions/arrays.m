function S = plus_transpose(C)
  S = C + C.';
end

function e = unit(i, n)
  e = zeros(n, 1);
  e(i) = 1;
end

function S = symmetric_part(A)
  S = (A + A') / 2;
end

function B = partial_trace_first(A, p)
  % the sum of the p blocks on the diagonal of A
  m = size(A, 1) / p;
  n = size(A, 2) / p;
  B = zeros(m, n);
  for k = 0:p - 1
    B = B + A(k * m + (1:m), k * n + (1:n));
  end
end

function B = partial_trace_second(A, p)
  % the trace of each p-by-p block of A
  B = 0;
  for k = 1:p
    B = B + A(k:p:end, k:p:end);
  end
end

function K = commutation(m, n)
  % K*A(:) is A.'(:) for A of m rows and n columns
  order = reshape(1:m * n, m, n).';
  K = eye(m * n);
  K = K(order(:), :);
end

function K = khatri_rao(A, B)
  % column by column the Kronecker product
  K = zeros(size(A, 1) * size(B, 1), size(A, 2));
  for j = 1:size(A, 2)
    K(:, j) = kron(A(:, j), B(:, j));
  end
end

function W = cross_matrix(x)
  % W*y is the cross product of x and y
  W = [0, -x(3), x(2); x(3), 0, -x(1); -x(2), x(1), 0];
end

function x = cross_vector(W)
  % the x whose cross_matrix is the skew part of W
  x = [W(3, 2) - W(2, 3); W(1, 3) - W(3, 1); W(2, 1) - W(1, 2)] / 2;
end
