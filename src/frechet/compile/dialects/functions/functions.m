function L = frechet_derivative(f, A, E)
  % the derivative of a matrix function f at A along E: the upper right block of f([A E; 0 A])
  n = size(A, 1);
  L = zeros(n);
  f(A); % what is refused at A has no derivative there
  if any(E(:))
    scale = norm(A, 'fro') / norm(E, 'fro');
    if scale == 0
      scale = 1;
    end
    F = f([A, scale * E; zeros(n), A]);
    L = F(1:n, n + 1:end) / scale;
  end
end

function F = real_logm(A)
  F = principal(logm(invertible(A)), A);
end

function F = real_sqrtm(A)
  F = principal(sqrtm(A), A);
end

function T = tanm(A)
  T = cosm(A) \ sinm(A);
end

function S = sinhm(A)
  S = near_zero(@(B) (expm(B) - expm(-B)) / 2, [1, 0, 1 / 6, 0, 1 / 120], A);
end

function C = coshm(A)
  C = (expm(A) + expm(-A)) / 2;
end

function T = tanhm(A)
  T = near_zero(@(B) (expm(B) + expm(-B)) \ (expm(B) - expm(-B)), [1, 0, -1 / 3, 0, 2 / 15], A);
end

function B = absm(A)
  off_imaginary_axis(A);
  if is_nearly_singular(A)
    B = by_eigenvectors(@(z) z .* sign(real(z)), A);
  else
    B = A * signm(A);
  end
end

function B = relum(A)
  B = (A + absm(A)) / 2;
end

function F = arcsinm(A)
  F = near_zero(@(B) principal(-1i * logm(1i * B + sqrtm(eye(size(B)) - B * B)), B), [1, 0, 1 / 6, 0, 3 / 40], A);
end

function F = arccosm(A)
  F = pi / 2 * eye(size(A)) - arcsinm(A);
end

function F = arctanm(A)
  off_imaginary_rays(A);
  by_logarithms = @(B) principal(0.5i * (logm(eye(size(B)) - 1i * B) - logm(eye(size(B)) + 1i * B)), B);
  F = near_zero(by_logarithms, [1, 0, -1 / 3, 0, 1 / 5], A);
end

function F = log1pm(A)
  F = near_zero(@(B) real_logm(eye(size(B)) + B), [1, -1 / 2, 1 / 3, -1 / 4, 1 / 5, -1 / 6], A);
end

function F = near_zero(f, c, A)
  % f(A); of a small A c(1)*A + c(2)*A^2 + ...: what f forms of I and A has lost the digits of A
  if ~(norm(A) < 3e-3)
    F = f(A);
    return
  end
  F = zeros(size(A));
  for k = numel(c):-1:1
    F = A * (F + c(k) * eye(size(A)));
  end
end

function S = sigmoidm(A)
  % inv(eye + exp(-A)) of A/2^k, doubled k times by s(2*A) = s^2/(s^2 + (1 - s)^2)
  k = max(0, ceil(log2(norm(A, 1))));
  S = inv(eye(size(A)) + expm(-A / 2^k));
  for i = 1:k
    other = eye(size(A)) - S;
    S = (S^2 + other^2) \ S^2;
  end
end

function F = softplusm(A)
  % log(eye + exp(A)); of a large A it is (A + abs(A))/2 + log(eye + exp(-abs(A))), which keeps the digits
  if max(abs(imag(eig(A)))) >= pi
    error('an eigenvalue has an imaginary part of size pi or more');
  end
  if norm(A) < 10
    F = real_logm(eye(size(A)) + expm(A));
  else
    B = absm(A);
    F = (A + B) / 2 + real_logm(eye(size(A)) + expm(-B));
  end
end

function F = erfm(A)
  % 2/sqrt(pi)*A times the integral of exp(-t^2*A^2) over 0 <= t <= 1, by the rule of Gauss and Legendre
  k = 1:19 + 4 * ceil(norm(A, 1));
  b = k ./ sqrt(4 * k.^2 - 1);
  [V, T] = eig(diag(b, 1) + diag(b, -1));
  F = zeros(size(A));
  for i = 1:size(T, 1)
    F = F + 2 * V(1, i)^2 * expm(-((1 + T(i, i)) / 2)^2 * A^2);
  end
  F = A * F / sqrt(pi);
end

function S = sinm(A)
  if isreal(A)
    S = imag(expm(1i * A));
  else
    S = (expm(1i * A) - expm(-1i * A)) / 2i;
  end
end

function C = cosm(A)
  if isreal(A)
    C = real(expm(1i * A));
  else
    C = (expm(1i * A) + expm(-1i * A)) / 2;
  end
end

function S = signm(A)
  % Newton's iteration S <- (S + inv(S))/2, scaled by the determinant
  S = A;
  n = size(A, 1);
  for k = 1:100
    inverse = inv(S);
    mu = 1;
    if norm(S - inverse, 'fro') > 0.1 * norm(S, 'fro')
      mu = exp(-sum(log(abs(diag(qr(S))))) / n);
    end
    following = (mu * S + inverse / mu) / 2;
    change = norm(following - S, 'fro');
    S = following;
    if change <= 1e-15 * n * norm(S, 'fro')
      return
    end
  end
  error('an eigenvalue lies on the imaginary axis');
end

function P = powm(A, b)
  % the principal power exp(b*log(A))
  if is_nearly_singular(A)
    P = by_eigenvectors(@(z) z .^ b, A);
  else
    P = expm(b * real_logm(A));
  end
end
