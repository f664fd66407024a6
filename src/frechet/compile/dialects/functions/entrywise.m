function s = total(A)
  s = sum(A(:));
end

function y = larger(a, b)
  % the larger of two, NaN where one is: max leaves NaN out
  y = max(a, b);
  y(isnan(a) | isnan(b)) = NaN;
end

function y = smaller(a, b)
  y = min(a, b);
  y(isnan(a) | isnan(b)) = NaN;
end

function y = largest(A)
  y = max(A(:));
  if any(isnan(A(:)))
    y = NaN;
  end
end

function y = smallest(A)
  y = min(A(:));
  if any(isnan(A(:)))
    y = NaN;
  end
end

function y = largest_of_rows(A)
  y = max(A, [], 2);
  y(any(isnan(A), 2)) = NaN;
end

function y = smallest_of_rows(A)
  y = min(A, [], 2);
  y(any(isnan(A), 2)) = NaN;
end

function y = nearby(at, b, c)
  is_near = abs(at) < 1 & at ~= 0;
  y = c + zeros(size(at));
  b = b + zeros(size(at));
  y(is_near) = b(is_near);
end

function y = sigmoid(x)
  e = exp(-abs(x));
  y = ((x >= 0) + (x < 0) .* e) ./ (1 + e);
end

function y = logistic_density(x)
  e = exp(-abs(x));
  y = e ./ (1 + e) .^ 2;
end

function y = softplus(x)
  y = max(x, 0) + log1p(exp(-abs(x)));
end

function g = gap_on_the_right(x)
  above = [ ...
    16924.440745736796, 31228.62184601761, 31659.655310190148, 22258.6515177514, 11787.423102721881, ...
    4865.145983731212, 1581.729975368679, 401.3390867993752, 77.53414467568201, 10.465126026097856, ...
    0.886226925452758 ...
  ];
  below = [ ...
    8581.956997143589, 21615.179949690835, 29111.448405337385, 26856.05469362899, 18537.189934390848, ...
    9960.782255633716, 4235.88450438206, 1430.7250310574623, 378.18338108887394, 76.67928340169836, ...
    10.808630188877956, 1.0 ...
  ];
  u = 1 ./ (1 + x);
  g = u .* polyval(above, u) ./ polyval(below, u);
end

function y = hazard(x)
  left = min(x, 0);
  right = max(x, 0);
  right(isnan(x)) = NaN;
  y = sqrt(pi) * right + gap_on_the_right(right);
  on_left = exp(-left .^ 2) ./ erfc(left);
  y(x < 0) = on_left(x < 0);
end

function y = hazardgap(x)
  y = hazard(x) - sqrt(pi) * x;
  right = gap_on_the_right(max(x, 0));
  y(x >= 0) = right(x >= 0);
end

function y = logerfc(x)
  y = -x .^ 2 - log(hazard(x));
  near = log1p(-erf(min(x, 1)));
  y(x < 1) = near(x < 1);
end

function y = loghalferfc(x)
  y = -x .^ 2 - log(2 * hazard(x));
  middle = log(erfc(max(min(x, 1), 0)) / 2);
  y(x < 1) = middle(x < 1);
  left = log1p(-erfc(-min(x, 0)) / 2);
  y(x < 0) = left(x < 0);
end

function S = softmax(A)
  S = exp(A - max(A(:)));
  S = S / sum(S(:));
end

function S = softmax_rows(A)
  S = exp(A - max(A, [], 2));
  S = S ./ sum(S, 2);
end

function D = below(A, m)
  % A - m for the largest entries m, 0 where an entry is m, also where both are infinite
  D = A - m;
  D(A == m) = 0;
end

function s = logsumexp(A)
  m = max(A(:));
  s = m + log1p(others(below(A(:), m), 1));
end

function s = others(D, dim)
  s = sum(exp(D) .* (D ~= 0), dim) + (sum(D == 0, dim) - 1);
end

function L = logsoftmax(A)
  D = A - max(A(:));
  L = D - log1p(others(D(:), 1));
end

function L = logsoftmax_rows(A)
  D = A - max(A, [], 2);
  L = D - log1p(others(D, 2));
end

function s = logsumexp_rows(A)
  m = max(A, [], 2);
  s = m + log1p(others(below(A, m), 2));
end

function y = xlogy(a, b)
  both = (a == 0) & (b == 0);
  y = a .* real_log(b + both);
end

function y = log1mexp(x)
  % log(1 - exp(-x)): left of the imaginary axis the quotient rounds to -1, and real numbers have no logarithm
  is_left = real(x) < 0;
  y = -real_log1p(1 ./ expm1(~is_left .* x + is_left + 0));
  y(is_left) = real_log(-expm1(-x(is_left)));
end

function y = logcosh(x)
  a = x .* (1 - 2 * (real(x) < 0));
  is_near = abs(x) < 1;
  y = a + log1p(exp(-2 * a)) - log(2);
  y(is_near) = log1p(2 * sinh(a(is_near) / 2) .^ 2);
end

function h = hypotenuse(a, b)
  if isreal(a) && isreal(b)
    h = hypot(a, b);
  else
    h = sqrt(a .* a + b .* b);
  end
end

function q = quotient(a, b)
  q = a ./ (b + (a == 0 & b == 0));
end

function y = real_arcsin(x)
  y = real_where(asin(x), x);
end

function y = real_arccos(x)
  y = real_where(acos(x), x);
end

function y = real_arccosh(x)
  y = real_where(acosh(x), x);
end

function y = real_arctanh(x)
  y = real_where(atanh(x), x);
end

function y = real_log(x)
  y = real_where(log(x), x);
end

function y = real_log1p(x)
  y = real_where(log1p(x), x);
end

function y = real_power(a, b)
  % a.^b, NaN where it is not real for real a and b; by absolute values, since a complex power of one entry makes 0^0 NaN in all
  if isreal(a) && isreal(b) && any(a(:) < 0)
    a = a + zeros(size(b));
    a(a < 0 & b ~= fix(b)) = NaN;
    y = (1 - 2 * (a < 0 & mod(b, 2) == 1)) .* abs(a) .^ b;
  else
    y = a .^ b;
  end
end

function y = real_sqrt(x)
  y = real_where(sqrt(x), x);
end

function y = step_of(x)
  y = (sign(x) + 1) / 2;
end

function x = stacked(A)
  x = A(:);
end

function S = shared_ties(at, by_rows)
  if by_rows
    S = at ./ sum(at, 2);
  else
    S = at / sum(at(:));
  end
end
