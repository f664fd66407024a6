"log|det(A)| from the LU factors"
log_determinant(F) = sum(log.(abs.(diag(sound_factors(F).U))))

"log(det(A)) from the Cholesky factors"
cholesky_log_determinant(F) = 2 * sum(log.(diag(sound_cholesky(F).L)))

"The X with the pattern U for which T*X - X*T equals C on the pattern E, all entries at once"
function pattern_sylvester(T, C, E, U)
    n = size(T, 1)
    equations, unknowns = vec(E) .> 0.5, vec(U) .> 0.5
    K = (kron(I(n), T) - kron(transpose(T), I(n)))[equations, unknowns]
    rank(K) == size(K, 2) || error("two of the eigenvalues coincide, or an entry of the subdiagonal is 0")
    x = zeros(n * n)
    x[unknowns] = K \ vec(C)[equations]
    return reshape(x, n, n)
end

"The X with A*X + X*B = C"
solve_sylvester(A, B, C) = no_common_eigenvalue(sylvester(A, B, -C), A, B, C)

"The X with X - A*X*B = C: by doubling while it converges, else by Kronecker products"
function solve_stein(A, B, C)
    m, n = size(C)
    if maximum(abs.(eigvals(A))) * maximum(abs.(eigvals(B))) >= 0.99
        X = reshape((I - kron(transpose(B), A)) \ vec(C), m, n)
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

"The stabilizing X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0, by the sign of the Hamiltonian matrix (Roberts, 1980)"
function solve_continuous_riccati(A, B, Q, R)
    n = size(A, 1)
    G = B * (symmetric_part(R) \ B')
    Z = signm(hvcat((2, 2), A, -G, -symmetric_part(Q), -A'))
    basis = [Z[1:n, n+1:end]; Z[n+1:end, n+1:end] + I]
    rank(basis) == n || error("the equation has no stabilizing solution")
    X = symmetric_part(basis \ -[Z[1:n, 1:n] + I; Z[n+1:end, 1:n]])
    closed = A - G * X
    residual = A' * X + X * closed + symmetric_part(Q)
    terms = 2 * norm(A' * X) + norm(X * G * X) + norm(Q)
    return stabilizing(X, residual, terms, -maximum(real.(eigvals(closed))), norm(closed))
end

"The stabilizing X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q, by doubling (Chu, Fan, Lin and Wang, 2004)"
function solve_discrete_riccati(A, B, Q, R)
    X, plant = Matrix(symmetric_part(Q)), A
    G = B * (symmetric_part(R) \ B')
    for _ in 1:100
        W = I + G * X
        change = A' * X * (W \ A)
        G += A * (W \ G) * A'
        A = A * (W \ A)
        X += (change + change') / 2
        if norm(change) <= 1e-16 * norm(X)
            F = (symmetric_part(R) + B' * X * B) \ (B' * X * plant)
            closed = plant - B * F
            residual = plant' * X * closed - X + symmetric_part(Q)
            terms = norm(X) + norm(plant' * X * plant) + norm(plant' * X * B * F) + norm(Q)
            return stabilizing(X, residual, terms, 1 - maximum(abs.(eigvals(closed))), 1 + norm(closed))
        end
    end
    error("the equation has no stabilizing solution")
end

"The adjugate from the singular values: finite at singular A too"
function adjugate(A)
    F = svd(A)
    n = length(F.S)
    others = [prod(F.S[1:n .!= i]) for i in 1:n]
    return det(F.U) * conj(det(F.V)) * F.V * Diagonal(others) * F.U'
end

"The derivative of the adjugate at A along E: finite at singular A too"
function adjugate_derivative(A, E)
    F = svd(A)
    n = length(F.S)
    M = F.U' * E * F.V
    others = [i == j ? 0.0 : prod(F.S[(1:n .!= i) .& (1:n .!= j)]) for i in 1:n, j in 1:n]
    return det(F.U) * conj(det(F.V)) * F.V * (Diagonal(others * diag(M)) - others .* M) * F.U'
end

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
