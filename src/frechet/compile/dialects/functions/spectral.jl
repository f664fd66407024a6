"The eigenvalue of A with the largest (sgn 1) or smallest (sgn -1) real part"
function extreme_eigenvalue(A, sgn)
    values = eigvals(A)
    value = values[argmax(sgn * real(values))]
    imag(value) == 0 || error("the eigenvalue with the extreme real part is not real")
    return real(value)
end

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

"On the eigenvectors of the k largest eigenvalues of a symmetric S"
function top_projector(S, k)
    F = eigen(S)
    n = length(F.values)
    k < n && apart(F.values[n-k+1] - F.values[n-k], F.values)
    V = F.vectors[:, n-k+1:n]
    return V * V'
end

"The sum of the k largest eigenvalues of a symmetric S"
sum_of_largest_eigenvalues(S, k) = sum(eigvals(S)[end-k+1:end])

"1/(x[j] - x[i])^power, and 0 on the diagonal"
function reciprocal_gaps(x, power)
    n = length(x)
    R = zeros(eltype(x), n, n)
    tie = (power == 1 ? TIE : SQUARED_TIE) * maximum(abs.(x))
    for i in 1:n, j in 1:n
        if i != j
            abs(x[j] - x[i]) > tie || error("two of the values coincide")
            R[i, j] = 1 / (x[j] - x[i])^power
        end
    end
    return R
end

"The columns that complete the left singular vectors to an orthogonal matrix"
svd_complement(A) = svd(tall(A); full=true).U[:, size(A, 2)+1:end]

"The columns that complete Q to an orthogonal matrix"
function qr_complement(A)
    m, n = size(A)
    return (qr(A).Q * Matrix{Float64}(I, m, m))[:, n+1:end]
end

"U*V' over the singular values that are not zero up to rounding"
function polar_factor(A)
    F = svd(A)
    r = count(F.S .> maximum(size(A)) * eps() * maximum(F.S))
    return F.U[:, 1:r] * F.V[:, 1:r]'
end

"U*diag(1, ..., 1, det(U*V'))*V'"
function nearest_rotation(A)
    F = svd(A)
    U = copy(F.U)
    U[:, end] *= sign(det(U) * det(F.V))
    return U * F.V'
end

"1 below the diagonal blocks of a Schur form, else 0"
function below_blocks(T)
    n = size(T, 1)
    return (tril(ones(n, n)) - I) .* (T .== 0)
end

"1/x, refused where an entry is 0 up to rounding"
function reciprocals(x)
    minimum(abs.(x)) > TIE * maximum(abs.(x)) || error("one of the values is 0")
    return 1 ./ x
end

"inv(V) for eigenvectors V, refused where they are nearly dependent"
function dual_basis(V)
    W = inv(V)
    norm(V) * norm(W) <= 10 / sqrt(eps()) || error("the eigenvectors are dependent, or nearly so")
    return W
end

"The k largest eigenvalues of a symmetric matrix, the largest first"
function top_eigenvalues(S, k)
    n = size(S, 1)
    return eigvals(S)[n:-1:n-k+1]
end

"The eigenvectors of the k largest eigenvalues of a symmetric matrix, the largest first"
function top_eigenvectors(S, k)
    n = size(S, 1)
    return eigvecs(S)[:, n:-1:n-k+1]
end
