"C + C'"
plus_transpose(C) = C + transpose(C)

"The i-th unit vector of length n"
function unit(i, n)
    e = zeros(n)
    e[i] = 1
    return e
end

"K with K*vec(A) = vec(A') for A of m rows and n columns"
function commutation(m, n)
    order = vec(permutedims(reshape(1:m*n, m, n)))
    return Matrix{Float64}(I, m * n, m * n)[order, :]
end

"Column by column the Kronecker product"
function khatri_rao(A, B)
    K = zeros(size(A, 1) * size(B, 1), size(A, 2))
    for j in 1:size(A, 2)
        K[:, j] = kron(A[:, j], B[:, j])
    end
    return K
end

"W with W*y the cross product of x and y"
cross_matrix(x) = hvcat((3, 3, 3), 0, -x[3], x[2], x[3], 0, -x[1], -x[2], x[1], 0)

"The x whose cross_matrix is the skew part of W"
cross_vector(W) = [W[3, 2] - W[2, 3], W[1, 3] - W[3, 1], W[2, 1] - W[1, 2]] / 2

"The sum of the p blocks on the diagonal of A"
function partial_trace_first(A, p)
    m, n = div(size(A, 1), p), div(size(A, 2), p)
    B = zeros(m, n)
    for k in 0:p-1
        B += A[k*m+1:k*m+m, k*n+1:k*n+n]
    end
    return B
end

"The trace of each p-by-p block of A"
function partial_trace_second(A, p)
    B = zeros(div(size(A, 1), p), div(size(A, 2), p))
    for k in 1:p
        B += A[k:p:end, k:p:end]
    end
    return B
end

"(A + A')/2"
symmetric_part(A) = Symmetric((A + A') / 2)
