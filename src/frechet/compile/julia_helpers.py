"""Helper functions of the Julia target, as source: a program carries those that it calls."""

from __future__ import annotations

from frechet.compile.domains import JULIA_DOMAINS

__all__ = ["HELPERS"]

HELPERS: dict[str, str] = {
    **JULIA_DOMAINS,
    "sigmoid": """
"1/(1 + exp(-x)); the exponential is of negative numbers only"
sigmoid(x) = x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
""",
    "softplus": """
"log(1 + exp(x)) without overflow"
softplus(x) = max(x, 0) + log1p(exp(-abs(x)))
""",
    "plus_transpose": """
"C + C'"
plus_transpose(C) = C + transpose(C)
""",
    "step_of": """
"1 for positive x, 0 for negative, 1/2 at 0"
step_of(x) = (sign(x) + 1) / 2
""",
    "quotient": """
"a/b, where 0/0 counts as 0: b is a norm, or a root"
quotient(a, b) = a == 0 && b == 0 ? 0.0 : a / b
""",
    "erf": """
"The error function: 2/sqrt(pi)*exp(-x^2)*(x + 2*x^3/3 + 4*x^5/15 + ...), all terms of one sign"
function erf(x)
    abs(x) > 6 && return sign(x)
    term, total, k = x, x, 0
    while abs(term) > 1e-17 * abs(total)
        k += 1
        term *= 2 * x^2 / (2 * k + 1)
        total += term
    end
    return 2 / sqrt(pi) * exp(-x^2) * total
end
""",
    "softmax": """
"exp(A) over its sum"
function softmax(A)
    E = exp.(A .- maximum(A))
    return E / sum(E)
end
""",
    "softmax_rows": """
"exp(A) over the sum of each row"
function softmax_rows(A)
    E = exp.(A .- maximum(A, dims=2))
    return E ./ sum(E, dims=2)
end
""",
    "logsumexp": """
"log(sum(exp(A)))"
function logsumexp(A)
    m = maximum(A)
    return m + log(sum(exp.(A .- m)))
end
""",
    "logsumexp_rows": """
"log(sum(exp(A))) of each row"
function logsumexp_rows(A)
    m = maximum(A, dims=2)
    return vec(m .+ log.(sum(exp.(A .- m), dims=2)))
end
""",
    "shared": """
"Where an extreme entry is attained; entries that tie share equally"
shared(at) = at / sum(at)
""",
    "shared_in_rows": """
"Where the extreme entry of each row is attained; entries that tie share equally"
shared_in_rows(at) = at ./ sum(at, dims=2)
""",
    "unit": """
"The i-th unit vector of length n"
function unit(i, n)
    e = zeros(n)
    e[i] = 1
    return e
end
""",
    "commutation": """
"K with K*vec(A) = vec(A') for A of m rows and n columns"
function commutation(m, n)
    order = vec(permutedims(reshape(1:m*n, m, n)))
    return Matrix{Float64}(I, m * n, m * n)[order, :]
end
""",
    "khatri_rao": """
"Column by column the Kronecker product"
function khatri_rao(A, B)
    K = zeros(size(A, 1) * size(B, 1), size(A, 2))
    for j in 1:size(A, 2)
        K[:, j] = kron(A[:, j], B[:, j])
    end
    return K
end
""",
    "cross_matrix": """
"W with W*y the cross product of x and y"
cross_matrix(x) = hvcat((3, 3, 3), 0, -x[3], x[2], x[3], 0, -x[1], -x[2], x[1], 0)
""",
    "cross_vector": """
"The x whose cross_matrix is the skew part of W"
cross_vector(W) = [W[3, 2] - W[2, 3], W[1, 3] - W[3, 1], W[2, 1] - W[1, 2]] / 2
""",
    "partial_trace_first": """
"The sum of the p blocks on the diagonal of A"
function partial_trace_first(A, p)
    m, n = div(size(A, 1), p), div(size(A, 2), p)
    B = zeros(m, n)
    for k in 0:p-1
        B += A[k*m+1:k*m+m, k*n+1:k*n+n]
    end
    return B
end
""",
    "partial_trace_second": """
"The trace of each p-by-p block of A"
function partial_trace_second(A, p)
    B = zeros(div(size(A, 1), p), div(size(A, 2), p))
    for k in 1:p
        B += A[k:p:end, k:p:end]
    end
    return B
end
""",
    "symmetric_part": """
"(A + A')/2"
symmetric_part(A) = Symmetric((A + A') / 2)
""",
    "extreme_eigenvalue": """
"The eigenvalue of A with the largest (sgn 1) or smallest (sgn -1) real part"
function extreme_eigenvalue(A, sgn)
    values = eigvals(A)
    value = values[argmax(sgn * real(values))]
    imag(value) == 0 || error("the eigenvalue with the extreme real part is not real")
    return real(value)
end
""",
    "spectral_projector": """
"v*w'/(w'*v) for the eigenvalue with the largest (sgn 1) or smallest (sgn -1) real part"
function spectral_projector(A, sgn)
    F, G = eigen(A), eigen(Matrix(A'))
    i = argmax(sgn * real(F.values))
    imag(F.values[i]) == 0 || error("the eigenvalue with the extreme real part is not real")
    j = argmin(abs.(conj(G.values) .- F.values[i]))
    for k in 1:length(F.values)
        k == i || apart(abs(F.values[k] - F.values[i]), F.values)
    end
    v, w = F.vectors[:, i], G.vectors[:, j]
    P = v * w' / dot(w, v)
    return isreal(A) ? real(P) : P
end
""",
    "top_projector": """
"On the eigenvectors of the k largest eigenvalues of a symmetric S"
function top_projector(S, k)
    F = eigen(S)
    n = length(F.values)
    k < n && apart(F.values[n-k+1] - F.values[n-k], F.values)
    V = F.vectors[:, n-k+1:n]
    return V * V'
end
""",
    "sum_of_largest_eigenvalues": """
"The sum of the k largest eigenvalues of a symmetric S"
sum_of_largest_eigenvalues(S, k) = sum(eigvals(S)[end-k+1:end])
""",
    "reciprocal_gaps": """
"1/(x[j] - x[i])^power, and 0 on the diagonal"
function reciprocal_gaps(x, power)
    n = length(x)
    R = zeros(eltype(x), n, n)
    tie = (power == 1 ? 1e-11 : 5e-6) * maximum(abs.(x))
    for i in 1:n, j in 1:n
        if i != j
            abs(x[j] - x[i]) > tie || error("two of the values coincide")
            R[i, j] = 1 / (x[j] - x[i])^power
        end
    end
    return R
end
""",
    "svd_complement": """
"The columns that complete the left singular vectors to an orthogonal matrix"
svd_complement(A) = svd(tall(A); full=true).U[:, size(A, 2)+1:end]
""",
    "qr_complement": """
"The columns that complete Q to an orthogonal matrix"
function qr_complement(A)
    m, n = size(A)
    return (qr(A).Q * Matrix{Float64}(I, m, m))[:, n+1:end]
end
""",
    "polar_factor": """
"U*V' over the singular values that are not zero up to rounding"
function polar_factor(A)
    F = svd(A)
    r = count(F.S .> maximum(size(A)) * eps() * maximum(F.S))
    return F.U[:, 1:r] * F.V[:, 1:r]'
end
""",
    "nearest_rotation": """
"U*diag(1, ..., 1, det(U*V'))*V'"
function nearest_rotation(A)
    F = svd(A)
    U = copy(F.U)
    U[:, end] *= sign(det(U) * det(F.V))
    return U * F.V'
end
""",
    "below_blocks": """
"1 below the diagonal blocks of a Schur form, else 0"
function below_blocks(T)
    n = size(T, 1)
    return (tril(ones(n, n)) - I) .* (T .== 0)
end
""",
    "reciprocals": """
"1/x, refused where an entry is 0 up to rounding"
function reciprocals(x)
    minimum(abs.(x)) > 1e-11 * maximum(abs.(x)) || error("one of the values is 0")
    return 1 ./ x
end
""",
    "dual_basis": """
"inv(V) for eigenvectors V, refused where they are nearly dependent"
function dual_basis(V)
    W = inv(V)
    norm(V) * norm(W) <= 10 / sqrt(eps()) || error("the eigenvectors are dependent, or nearly so")
    return W
end
""",
    "top_eigenvalues": """
"The k largest eigenvalues of a symmetric matrix, the largest first"
function top_eigenvalues(S, k)
    n = size(S, 1)
    return eigvals(S)[n:-1:n-k+1]
end
""",
    "top_eigenvectors": """
"The eigenvectors of the k largest eigenvalues of a symmetric matrix, the largest first"
function top_eigenvectors(S, k)
    n = size(S, 1)
    return eigvecs(S)[:, n:-1:n-k+1]
end
""",
    "pattern_sylvester": """
"The X with the pattern U for which T*X - X*T equals C on the pattern E, all entries at once"
function pattern_sylvester(T, C, E, U)
    n = size(T, 1)
    equations, unknowns = vec(E) .> 0.5, vec(U) .> 0.5
    K = (kron(I(n), T) - kron(transpose(T), I(n)))[equations, unknowns]
    rank(K) == size(K, 2) || error("two of the eigenvalues coincide, or an entry of the subdiagonal is 0")
    x = zeros(n * n)
    x[unknowns] = K \\ vec(C)[equations]
    return reshape(x, n, n)
end
""",
    "logm": """
"The principal logarithm"
logm(A) = principal(log(invertible(A)), A)
""",
    "sqrtm": """
"The principal square root"
sqrtm(A) = principal(sqrt(A), A)
""",
    "arcsinm": """
"The arcsine of a matrix"
arcsinm(A) = principal(asin(A), A)
""",
    "arccosm": """
"The arccosine of a matrix"
arccosm(A) = principal(acos(A), A)
""",
    "arctanm": """
"The arctangent of a matrix"
arctanm(A) = principal(atan(off_imaginary_rays(A)), A)
""",
    "log1pm": """
"log(I + A)"
log1pm(A) = logm(I + A)
""",
    "sigmoidm": r"""
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
""",
    "softplusm": """
"log(I + exp(A)); of a large A it is (A + abs(A))/2 + log(I + exp(-abs(A))), which keeps the digits"
function softplusm(A)
    maximum(abs.(imag(eigvals(A)))) < pi || error("an eigenvalue has an imaginary part of size pi or more")
    if opnorm(A) < 10
        return logm(I + exp(A))
    end
    B = absm(A)
    return (A + B) / 2 + logm(I + exp(-B))
end
""",
    "absm": """
"A*sign(A), by eigenvectors where A is nearly singular"
function absm(A)
    off_imaginary_axis(A)
    return is_nearly_singular(A) ? by_eigenvectors(z -> z * sign(real(z)), A) : A * signm(A)
end
""",
    "relum": """
"(A + abs(A))/2"
relum(A) = (A + absm(A)) / 2
""",
    "erfm": """
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
""",
    "signm": """
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
""",
    "powm": """
"The principal power exp(b*log(A))"
powm(A, b) = is_nearly_singular(A) ? by_eigenvectors(z -> z^b, A) : exp(b * logm(A))
""",
    "frechet_derivative": """
"The derivative of a matrix function f at A along E: the upper right block of f([A E; 0 A])"
function frechet_derivative(f, A, E)
    n = size(A, 1)
    norm(E) == 0 && return zeros(n, n)
    scale = norm(A) == 0 ? 1.0 : norm(A) / norm(E)
    F = f([A scale*E; zeros(n, n) A])
    return F[1:n, n+1:end] / scale
end
""",
    "solve_sylvester": """
"The X with A*X + X*B = C"
solve_sylvester(A, B, C) = no_common_eigenvalue(sylvester(A, B, -C), A, B, C)
""",
    "solve_stein": """
"The X with X - A*X*B = C: by doubling while it converges, else by Kronecker products"
function solve_stein(A, B, C)
    m, n = size(C)
    if maximum(abs.(eigvals(A))) * maximum(abs.(eigvals(B))) >= 0.99
        X = reshape((I - kron(transpose(B), A)) \\ vec(C), m, n)
        return no_product_one(X, A, B, C)
    end
    X, P, Q = C, A, B
    while true
        change = P * X * Q
        X += change
        norm(change) > 1e-17 * norm(X) || return X
        P, Q = P * P, Q * Q
    end
end
""",
    "solve_continuous_riccati": """
"The stabilizing X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0, by the sign of the Hamiltonian matrix (Roberts, 1980)"
function solve_continuous_riccati(A, B, Q, R)
    n = size(A, 1)
    G = B * (symmetric_part(R) \\ B')
    Z = signm(hvcat((2, 2), A, -G, -symmetric_part(Q), -A'))
    basis = [Z[1:n, n+1:end]; Z[n+1:end, n+1:end] + I]
    rank(basis) == n || error("the continuous Riccati equation has no stabilizing solution")
    X = basis \\ -[Z[1:n, 1:n] + I; Z[n+1:end, 1:n]]
    return (X + X') / 2
end
""",
    "solve_discrete_riccati": """
"The stabilizing X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q, by doubling (Chu, Fan, Lin and Wang, 2004)"
function solve_discrete_riccati(A, B, Q, R)
    X, plant = Matrix(symmetric_part(Q)), A
    G = B * (symmetric_part(R) \\ B')
    H = G
    for _ in 1:100
        W = I + G * X
        change = A' * X * (W \\ A)
        G += A * (W \\ G) * A'
        A = A * (W \\ A)
        X += (change + change') / 2
        if norm(change) <= 1e-16 * norm(X)
            maximum(abs.(eigvals((I + H * X) \\ plant))) < 1 && return X
            break
        end
    end
    error("the discrete Riccati equation has no stabilizing solution")
end
""",
    "adjugate": """
"The adjugate from the singular values: finite at singular A too"
function adjugate(A)
    F = svd(A)
    n = length(F.S)
    others = [prod(F.S[1:n .!= i]) for i in 1:n]
    return det(F.U) * conj(det(F.V)) * F.V * Diagonal(others) * F.U'
end
""",
    "adjugate_derivative": """
"The derivative of the adjugate at A along E: finite at singular A too"
function adjugate_derivative(A, E)
    F = svd(A)
    n = length(F.S)
    M = F.U' * E * F.V
    others = [i == j ? 0.0 : prod(F.S[(1:n .!= i) .& (1:n .!= j)]) for i in 1:n, j in 1:n]
    return det(F.U) * conj(det(F.V)) * F.V * (Diagonal(others * diag(M)) - others .* M) * F.U'
end
""",
    "adjugate_second_derivative": """
"Along E and H: the coefficient of t in the derivative at A + t*H, read off at roots of unity"
function adjugate_second_derivative(A, E, H)
    n = size(A, 1)
    radius = norm(A) == 0 || norm(H) == 0 ? 1.0 : norm(A) / norm(H)
    D = zeros(ComplexF64, n, n)
    for k in 0:n
        t = radius * exp(2im * pi * k / (n + 1))
        D += adjugate_derivative(A + t * H, E) / (t * (n + 1))
    end
    return isreal(A) && isreal(E) && isreal(H) ? real(D) : D
end
""",
}
