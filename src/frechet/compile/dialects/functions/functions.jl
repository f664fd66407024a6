"The principal logarithm"
logm(A) = principal(log(invertible(A)), A)

"The principal square root"
sqrtm(A) = principal(sqrt(A), A)

"The arcsine of a matrix"
arcsinm(A) = near_zero(B -> principal(asin(B), B), [1, 0, 1 / 6, 0, 3 / 40], A)

"The arccosine of a matrix"
arccosm(A) = principal(acos(A), A)

"The arctangent of a matrix"
arctanm(A) = near_zero(B -> principal(atan(off_imaginary_rays(B)), B), [1, 0, -1 / 3, 0, 1 / 5], A)

"log(I + A)"
log1pm(A) = near_zero(B -> logm(I + B), [1, -1 / 2, 1 / 3, -1 / 4, 1 / 5, -1 / 6], A)

"The hyperbolic sine of a matrix"
sinhm(A) = near_zero(B -> sinh(B), [1, 0, 1 / 6, 0, 1 / 120], A)

"The hyperbolic tangent of a matrix"
tanhm(A) = near_zero(B -> tanh(B), [1, 0, -1 / 3, 0, 2 / 15], A)

"f(A); of a small A c[1]*A + c[2]*A^2 + ...: what f forms of I and A has lost the digits of A"
function near_zero(f, c, A)
    opnorm(A) < 3e-3 || return f(A)
    F = zero(A)
    for k in 1:length(c)
        F = A * (F + c[length(c)+1-k] * I)
    end
    return F
end

"inv(I + exp(-A)) of A/2^k, doubled k times by s(2*A) = s^2/(s^2 + (1 - s)^2)"
function sigmoidm(A)
    k = max(0, ceil(Int, log2(opnorm(A))))
    S = inv(I + exp(-A / 2^k))
    for _ in 1:k
        other = I - S
        S = (S^2 + other^2) \ S^2
    end
    return S
end

"log(I + exp(A)); of a large A it is (A + abs(A))/2 + log(I + exp(-abs(A))), which keeps the digits"
function softplusm(A)
    maximum(abs.(imag(eigvals(A)))) < pi || error("an eigenvalue has an imaginary part of size pi or more")
    if opnorm(A) < 10
        return logm(I + exp(A))
    end
    B = absm(A)
    return (A + B) / 2 + logm(I + exp(-B))
end

"A*sign(A), by eigenvectors where A is nearly singular"
function absm(A)
    off_imaginary_axis(A)
    return is_nearly_singular(A) ? by_eigenvectors(z -> z * sign(real(z)), A) : A * signm(A)
end

"(A + abs(A))/2"
relum(A) = (A + absm(A)) / 2

"2/sqrt(pi)*A times the integral of exp(-t^2*A^2) over 0 <= t <= 1, by the rule of Gauss and Legendre"
function erfm(A)
    n = 20 + 4 * ceil(Int, opnorm(A))
    J = zeros(n, n)
    for k in 1:n-1
        J[k, k+1] = k / sqrt(4 * k^2 - 1)
        J[k+1, k] = J[k, k+1]
    end
    F = eigen(Symmetric(J))
    square, total = -A * A, zero(A)
    for i in 1:n
        total += 2 * F.vectors[1, i]^2 * exp(((1 + F.values[i]) / 2)^2 * square)
    end
    return A * total / sqrt(pi)
end

"The matrix sign by Newton's iteration S <- (S + inv(S))/2, scaled by the determinant"
function signm(A)
    S, n = A, size(A, 1)
    for _ in 1:100
        inverse = inv(S)
        mu = norm(S - inverse) > 0.1 * norm(S) ? exp(-logabsdet(S)[1] / n) : 1.0
        following = (mu * S + inverse / mu) / 2
        change = norm(following - S)
        S = following
        change <= 1e-15 * n * norm(S) && return S
    end
    error("an eigenvalue lies on the imaginary axis")
end

"The principal power exp(b*log(A))"
powm(A, b) = is_nearly_singular(A) ? by_eigenvectors(z -> z^b, A) : exp(b * logm(A))

"The derivative of a matrix function f at A along E: the upper right block of f([A E; 0 A])"
function frechet_derivative(f, A, E)
    n = size(A, 1)
    f(A) # what is refused at A has no derivative there
    norm(E) == 0 && return zeros(n, n)
    scale = norm(A) == 0 ? 1.0 : norm(A) / norm(E)
    F = f([A scale*E; zeros(n, n) A])
    return F[1:n, n+1:end] / scale
end
