"log(gamma(x)), x > 0: Stirling's series beyond 15, below it by gamma(x + 1) = x*gamma(x)"
function log_gamma(x)
    x > 0 || return NaN
    below = 1.0
    while x < 15
        below *= x
        x += 1
    end
    z = 1 / x^2
    series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188)))) / x
    return (x - 1 / 2) * log(x) - x + log(2 * pi) / 2 + series - log(below)
end

"The derivative of log(gamma(x)), x > 0, by its series beyond 15"
function digamma(x)
    x > 0 || return NaN
    below = 0.0
    while x < 15
        below += 1 / x
        x += 1
    end
    z = 1 / x^2
    series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * 691 / 32760)))))
    return log(x) - 1 / (2 * x) - series - below
end

"The k-th derivative of the one of log(gamma(x)), x > 0: k! times its sum of 1/(x + j)^(k + 1), from x > 20 + k on by Euler and Maclaurin"
function polygamma(x, k)
    x > 0 || return NaN
    total = 0.0
    while x < 20 + k
        total += 1 / x^(k + 1)
        x += 1
    end
    total += 1 / (k * x^k) + 1 / (2 * x^(k + 1))
    weight = (k + 1) / (2 * x^(k + 2))
    m = 1
    for b in [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]
        total += b * weight
        weight *= (2 * m + k) * (2 * m + k + 1) / ((2 * m + 1) * (2 * m + 2) * x^2)
        m += 1
    end
    return (-1)^(k + 1) * prod(1:k) * total
end
