"The factor T of a matrix, T or (with power 2) T*T', refused where that is singular up to rounding"
function sound(T, power)
    is_sound = cond(T, 1)^power * UNDECIDED * eps() < 1 || (isdiag(T) && all(diag(T) .!= 0))
    is_sound || error("the matrix is singular, or so near to it that rounding decides")
    return T
end

"The LU factors of a matrix, refused where it is singular up to rounding"
function sound_factors(F)
    sound(UpperTriangular(F.U), 1)
    return F
end

"The Cholesky factors of a matrix, refused where it is singular up to rounding"
function sound_cholesky(F)
    sound(F.L, 2)
    return F
end

"A gap between values, refused where rounding leaves few digits of it"
apart(gap, values) = gap > TIE * maximum(abs.(values)) ? gap : error("two of the values coincide")

"A, which must have at least as many rows as columns"
tall(A) = size(A, 1) >= size(A, 2) ? A : error("it has fewer rows than columns: take its transpose")

"The solution of A*X + X*B = C, refused where an eigenvalue of A is minus one of B up to rounding"
function no_common_eigenvalue(X, A, B, C)
    rounding = ROUNDINGS * eps() * (norm(A) + norm(B))
    sums = abs.(eigvals(A) .+ transpose(eigvals(B)))
    fits = minimum(sums) > rounding && norm(X) * rounding <= ROUNDINGS * norm(C)
    fits || error("the equation is singular: an eigenvalue of the one is minus one of the other")
    return X
end

"The solution of X - A*X*B = C, refused where a product of an eigenvalue of A and one of B is 1 up to rounding"
function no_product_one(X, A, B, C)
    s, t = eigvals(A), transpose(eigvals(B))
    rounding = 10 * eps() * (1 .+ abs.(s) * norm(B) .+ norm(A) * abs.(t))
    far = all(abs.(1 .- s .* t) .> rounding)
    far && norm(X) * eps() * (1 + norm(A) * norm(B)) <= norm(C) ||
        error("the equation is singular: a product of an eigenvalue of the one and one of the other is 1")
    return X
end

"F, a function of the matrix A, refused where it is not finite, or not real for real A"
function principal(F, A)
    all(isfinite.(F)) || error("the function is not finite at an eigenvalue")
    isreal(A) || return F
    norm(imag(F)) <= 1e-7 * norm(F) || error("the function is not real at an eigenvalue")
    return real(F)
end

"The eigenvalues; of one that stands twice, and is known to half of the digits, the mean, which is known to all"
function eigenvalues_once(A)
    z = eigvals(A)
    near = abs.(z .- transpose(z)) .<= 1e-6 * abs.(z)
    return (near * z) ./ vec(sum(near, dims=2))
end

"A matrix without eigenvalues on the imaginary axis at 1im or beyond"
function off_imaginary_rays(A)
    for z in eigenvalues_once(A)
        abs(real(z)) <= 1e-14 * size(A, 1) * abs(z) && abs(z) >= 1 - 1e-14 * size(A, 1) &&
            error("an eigenvalue lies on a branch cut of the function")
    end
    return A
end

"A matrix without eigenvalues on the imaginary axis, but for 0"
function off_imaginary_axis(A)
    for z in eigenvalues_once(A)
        abs(real(z)) <= 1e-14 * size(A, 1) * abs(z) && abs(z) > 0 && error("an eigenvalue lies on the imaginary axis")
    end
    return A
end

"f(A) for a matrix with a full set of eigenvectors"
function by_eigenvectors(f, A)
    F = eigen(A)
    cond(F.vectors, 1) * sqrt(eps()) < 1 ||
        error("the function is not finite at an eigenvalue, or the eigenvectors are dependent")
    return principal(F.vectors * Diagonal(f.(F.values)) * inv(F.vectors), A)
end

"Whether an eigenvalue is far smaller than another"
function is_nearly_singular(A)
    sizes = abs.(eigvals(A))
    return minimum(sizes) <= 1e-8 * maximum(sizes)
end

"A matrix that has no eigenvalue 0"
function invertible(A)
    all(eigvals(A) .!= 0) || error("an eigenvalue is 0")
    return A
end

"X, whose closed loop is so far from the border of stability, and whose residual is rounding of the terms"
function stabilizing(X, residual, terms, far, scale)
    norm(residual) <= UNSOLVED * terms || error("the equation has no stabilizing solution")
    far > sqrt(eps()) * scale || error("no solution stabilizes, or rounding decides whether one does")
    return X
end
