"1/(1 + exp(-x)); the exponential is of negative numbers only"
sigmoid(x) = x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))

"sigmoid(x)*sigmoid(-x), which is even: one exponential, of negative numbers only"
logistic_density(x) = exp(-abs(x)) / (1 + exp(-abs(x)))^2

"log(1 + exp(x)) without overflow"
softplus(x) = max(x, 0) + log1p(exp(-abs(x)))

"1 for positive x, 0 for negative, 1/2 at 0"
step_of(x) = (sign(x) + 1) / 2

"a/b, where 0/0 counts as 0: b is a norm, or a root"
quotient(a, b) = a == 0 && b == 0 ? 0.0 : a / b

"b where 0 < |at| < 1, c elsewhere"
nearby(at, b, c) = abs(at) < 1 && at != 0 ? b : c

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

"1 - erf(x), which erf(x) is too near to 1 for"
function erfc(x)
    x < 1 / 2 && return 1 - erf(x)
    return exp(-x^2) / hazard(x)
end

"exp(-x^2)/erfc(x) - sqrt(pi)*x for x >= 0: of 1/(1 + x), one polynomial over another"
function gap_on_the_right(x)
    u = 1 / (1 + x)
    p = 0 * u
    q = 0 * u
    for a in [
        16924.440745736796, 31228.62184601761, 31659.655310190148, 22258.6515177514, 11787.423102721881,
        4865.145983731212, 1581.729975368679, 401.3390867993752, 77.53414467568201, 10.465126026097856,
        0.886226925452758
    ]
        p = p * u + a
    end
    for b in [
        8581.956997143589, 21615.179949690835, 29111.448405337385, 26856.05469362899, 18537.189934390848,
        9960.782255633716, 4235.88450438206, 1430.7250310574623, 378.18338108887394, 76.67928340169836,
        10.808630188877956, 1.0
    ]
        q = q * u + b
    end
    return u * p / q
end

"exp(-x^2)/erfc(x)"
hazard(x) = x < 0 ? exp(-x^2) / (1 - erf(x)) : sqrt(pi) * x + gap_on_the_right(x)

"exp(-x^2)/erfc(x) - sqrt(pi)*x, of which the terms are nearly equal far on the right"
hazardgap(x) = x < 0 ? hazard(x) - sqrt(pi) * x : gap_on_the_right(x)

"log(erfc(x))"
logerfc(x) = x < 1 ? log1p(-erf(x)) : -x^2 - log(hazard(x))

"log(erfc(x)/2), which is nearly 0 far on the left"
function loghalferfc(x)
    x < 0 && return log1p(-erfc(-x) / 2)
    return x < 1 ? log(erfc(x) / 2) : -x^2 - log(2 * hazard(x))
end

"exp(A) over its sum"
function softmax(A)
    E = exp.(A .- maximum(A))
    return E / sum(E)
end

"exp(A) over the sum of each row"
function softmax_rows(A)
    E = exp.(A .- maximum(A, dims=2))
    return E ./ sum(E, dims=2)
end

"log(sum(exp(A)))"
function logsumexp(A)
    m = maximum(A)
    return m + log1p(others(below.(A, m)))
end

"a - m for a largest entry m, 0 where they are equal, also where both are infinite"
below(a, m) = a == m ? zero(a) : a - m

"The sum of exp(D) over all entries but one that is 0, the largest: it may be tiny"
others(D) = sum(exp.(D) .* (D .!= 0)) + (sum(D .== 0) - 1)

"A - logsumexp(A): no terms cancel"
function logsoftmax(A)
    D = A .- maximum(A)
    return D .- log1p(others(D))
end

"log(sum(exp(A))) of each row"
function logsumexp_rows(A)
    m = maximum(A, dims=2)
    return vec(m .+ log1p.(others_in_rows(below.(A, m))))
end

"In each row the sum of exp(D) over all entries but one that is 0, the largest"
others_in_rows(D) = sum(exp.(D) .* (D .!= 0), dims=2) .+ (sum(D .== 0, dims=2) .- 1)

"A - logsumexp_rows(A)*ones(1,n): no terms cancel"
function logsoftmax_rows(A)
    D = A .- maximum(A, dims=2)
    return D .- log1p.(others_in_rows(D))
end

"a*log(b), where 0*log(0) counts as 0"
xlogy(a, b) = a == 0 && b == 0 ? 0.0 : a * log(b)

"log(1 - exp(-x)) for positive x"
log1mexp(x) = -log1p(1 / expm1(x < 0 ? zero(x) / zero(x) : x + zero(x)))

"log(cosh(x)): near 0 by the half angle, elsewhere by the larger exponential"
function logcosh(x)
    a = abs(x)
    a < 1 && return log1p(2 * sinh(a / 2)^2)
    return a + log1p(exp(-2 * a)) - log(2)
end

"Where an extreme entry is attained; entries that tie share equally"
shared(at) = at / sum(at)

"Where the extreme entry of each row is attained; entries that tie share equally"
shared_in_rows(at) = at ./ sum(at, dims=2)
