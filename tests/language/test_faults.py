"""Texts that were once read as something else without a word, or refused, with their right outcome."""

from __future__ import annotations

import re

import pytest

from frechet.answer import derivative
from frechet.check.equivalence import equivalent
from frechet.errors import FrechetError, LanguageError
from frechet.language import parse, read, to_text

READ = [  # text, variable, what it means, what a note says
    ("x' A^-T x", "x", {}, "x'*inv(A)'*x", ""),
    ("tr(A^-T B)", "B", {}, "tr(inv(A)'*B)", ""),
    ("y^T (K + sigma^2 I)^{-1} y", "y", {}, "y'*inv(K + sigma^2*eye(n))*y", ""),
    ("sigma^{2} x'x", "x", {}, "sigma^2*(x'*x)", ""),
    ("my_var^{2} x'x", "x", {}, "my_var^2*(x'*x)", "my_var is read as one variable"),
    ("norm2(XW - Y)^2", "W", {}, "norm2(X*W - Y)^2", "for one variable declare XW: matrix"),
    ("norm2(Ax - b)", "x", {"b": "vector"}, "norm2(A*x - b)", "b is read as a vector"),
    ("x' A^(-T) x", "x", {}, "x'*inv(A)'*x", ""),
    ("(A*B)^(-T)*A^(T)", "A", {}, "inv(A*B)'*A'", ""),
    (r"A^{(-T)} x", "A", {}, "inv(A)'*x", ""),
    ("(1 + b)^(-T)", "b", {"b": "scalar", "T": "scalar"}, "(1 + b)^(-T)", ""),
    ("(1 + b)^-T", "b", {"b": "scalar", "T": "scalar"}, "(1 + b)^(-T)", ""),
    ("(1 + r)^{-T}", "r", {"r": "scalar", "T": "scalar"}, "(1 + r)^(-T)", "r is read as a number"),
    ("x^T Σ^{-1} x", "Σ", {}, "x'*inv(Sigma)*x", ""),
    ("x^T Σ^{-1} x", "Sigma", {}, "x'*inv(Sigma)*x", ""),
    (r"\frac12 ||Ax - y||_2² + λ||x||_1", "x", {"y": "vector"}, "norm2(A*x - y)^2/2 + lambda*norm1(x)", ""),
    (r"\alpha ||A||_F^2", "A", {}, "alpha*norm2(A)^2", ""),
    (r"\frac{x^T y}{||x|| ||y||}", "x", {"y": "vector"}, "x'*y/(norm2(x)*norm2(y))", ""),
    ("np.sum(np.linalg.eigvalsh(A)**2)", "A", {}, "sum(eigvalsh(A).^2)", "NumPy reads its lower triangle alone"),
    ("q/norm2(r)", "r", {"q": "vector"}, "q/norm2(r)", "for a number, and a number as the value, declare q: scalar"),
    (r"\dot V = x^\top P x", "x", {}, "x'*P*x", ""),
    (r"\widehat{f} = x^\top x", "x", {"x": "vector"}, "x'*x", ""),
    ("P (A - B K)", "K", {}, "P*(A - B*K)", "P (…) is read as the product"),
    ("tr(A*dX)", "A", {"d": "scalar"}, "tr(A*d*X)", "dX is read as d*X"),
    ("A + b", "A", {"b": "scalar"}, "A + b", "A could be a number too"),
    ("norm2(A + c)^2", "A", {"c": "scalar"}, "norm2(A + c)^2", "a vector c is added to each column by c*vector(1)'"),
    ("sum(exp(W + b))", "W", {"b": "scalar"}, "sum(exp(W + b))", "b is read as a number, and added to every entry"),
    ("norm2(Y - X*W - b)^2", "W", {"b": "scalar"}, "norm2(Y - X*W - b)^2", "b is read as a number"),
    ("norm2(Y - X*W - b*vector(1)')^2", "W", {"b": "vector"}, "norm2(Y - X*W - b*vector(1)')^2", "a number b"),
    ("sum(exp(W*x + b))", "x", {"b": "vector"}, "sum(exp(W*x + b))", "b is read as a vector"),
    ("np.sum(np.exp(W + b))", "W", {"b": "vector"}, "sum(exp(W + vector(1)*b'))", "b is read as a vector"),
    ("A + x'*x", "A", {"A": "scalar", "x": "vector"}, "A + x'*x", "A is read as a number"),
    ("|a||b|", "a", {}, "abs(a)*abs(b)", ""),
    (r"\alpha |a||b|", "a", {}, "alpha*abs(a)*abs(b)", ""),
    ("norm2(A*x-b)^2", "x", {"b": "vector"}, "norm2(A*x - b)^2", "b is read as a vector"),
    ("norm2(X*w-y)^2 + k*norm2(w)^2", "w", {"k": "scalar"}, "norm2(X*w - y)^2 + k*norm2(w)^2", ""),
    ("c'*x", "x", {"c": "vector"}, "c'*x", ""),
    ("logdet(X'*X + c*I)", "X", {"c": "scalar"}, "logdet(X'*X + c*eye(n))", ""),
    ("e^(-x'*x)", "x", {}, "exp(-x'*x)", ""),
    ("softmax(X)", "X", {}, "softmax(X)", "over all its entries"),
    ("softmax(X, cols)", "X", {}, "softmax(X', rows)'", ""),
    ("diag(psi)", "psi", {"psi": "vector"}, "diag(psi)", ""),
    ("dot(A,B)", "A", {}, "tr(A'*B)", "is the inner product"),
    (r"-y\odot Xw", "y", {"y": "vector", "w": "vector"}, "-y.*(X*w)", ""),
    (r"\logdet(\Sigma)", "Sigma", {}, "logdet(Sigma)", ""),
    ("q'*kron(A,A)*q", "q", {"q": "vector"}, "q'*kron(A, A)*q", ""),
    ("tr(kron(kron(X,X),kron(X,X)))", "X", {}, "tr(kron(kron(X, X), kron(X, X)))", ""),
    ("X*beta - y", "beta", {"beta": "vector", "y": "vector"}, "X*beta - y", ""),
    ("1/n*sum(x)", "x", {"n": "scalar", "x": "vector"}, "(1/n)*sum(x)", ""),
    ("X^T X", "X", {}, "X'*X", ""),
    ("X^TX", "X", {}, "X'*X", ""),
    ("xᵀAx", "x", {"x": "vector"}, "x'*A*x", ""),
    ("2X", "X", {}, "2*X", ""),
    ("tr X", "X", {}, "tr(X)", ""),
    ("sin x", "x", {}, "sin(x)", "x could be a number too"),
    ("sin^2 x", "x", {}, "sin(x).^2", ""),
    ("r./norm2(r)", "r", {"r": "vector"}, "r/norm2(r)", ""),
    ("r'*(r./s)", "r", {"s": "vector"}, "r'*(r./s)", "s is read as a vector, and could be a number too"),
    ("log x + y", "x", {"y": "vector"}, "log(x) + y", "x and y could be numbers too"),
    ("norm2([p; q])", "p", {"p": "vector"}, "norm2([p; q])", "p and q are read as vectors, and could be numbers too"),
    ("1/2*m*v'*v", "v", {"m": "scalar"}, "m*v'*v/2", ""),
    ("v*v'*x", "x", {"v": "vector"}, "v*v'*x", ""),
    ("W₁x", "x", {"x": "vector"}, "W_1*x", ""),
    ("(A+B)x", "x", {"x": "vector"}, "(A + B)*x", ""),
    ("A\\b", "b", {"b": "vector"}, "inv(A)*b", ""),
    ("tr(B/A)", "A", {}, "tr(B*inv(A))", "as in MATLAB"),
    ("P*H'/(H*P*H' + R)", "P", {}, "P*H'*inv(H*P*H' + R)", "as in MATLAB"),
    ("X^{1/2}", "X", {}, "sqrtm(X)", ""),
    ("X^(-1/2)", "X", {}, "inv(sqrtm(X))", ""),
    ("X^+ y", "y", {"y": "vector"}, "pinv(X)*y", ""),
    (r"X^{\dagger} y", "y", {"y": "vector"}, "pinv(X)*y", ""),
    ("|A|", "A", {}, "det(A)", "abs(A)"),
    ("⟨ψ|H|ψ⟩/⟨ψ|ψ⟩", "psi", {"psi": "vector"}, "psi'*H*psi/(psi'*psi)", ""),
    (r"\Phi(x)", "x", {"x": "vector"}, "normcdf(x)", "the normal distribution function"),
    (r"\Phi x", "x", {"x": "vector"}, "Phi*x", ""),
    ("x^{(2)}", "x", {"x": "scalar"}, "x^2", "an index is written below"),
    ("1.5e-3x'x", "x", {"x": "vector"}, "0.0015*x'*x", ""),
    (r"\|A x - y\|^2 + 1e-3\|x\|^2", "x", {"y": "vector"}, "norm2(A*x - y)^2 + 0.001*norm2(x)^2", ""),
    ("1/1e-3norm2(x)^2", "x", {}, "1000*norm2(x)^2", ""),
    ("2e3X'X", "X", {}, "2000*X'*X", ""),
    ("np.e * x @ x", "x", {}, "(exp(1)*x)'*x", ""),
    ("⅔x'x", "x", {}, "(2/3)*x'*x", ""),
    (r"\sqrt[3]{x'x}", "x", {}, "cbrt(x'*x)", ""),
    ("$x'x$", "x", {}, "x'*x", ""),
    ("σ(w'x + b)", "w", {"w": "vector", "b": "scalar"}, "sigmoid(w'*x + b)", "the logistic function"),
    (r"\log\Gamma(\alpha) - \log\Gamma(\beta)", "alpha", {}, "gammaln(alpha) - gammaln(beta)", "the gamma function"),
    ("k log λ - log k!", "lambda", {"k": "vector"}, "log(lambda)*k - gammaln(k + 1)", "gammaln"),
    (r"\log_2\det(S)", "S", {}, "log2(det(S))", ""),
    ("x^y^2", "x", {"x": "scalar", "y": "scalar"}, "x^(y^2)", "as on paper, in Python and in Julia"),
    ("a^-x²", "x", {"a": "scalar", "x": "scalar"}, "a^(-x^2)", "MATLAB has"),
    ("x.^2.^3", "x", {}, "x.^8", "MATLAB has"),
    ("‖W ⊙ (X − UVᵀ)‖²_F", "U", {}, "norm2(W.*(X - U*V'))^2", "UV is read as U*V"),
    ("wᵀr / √(wᵀΣw)", "w", {}, "w'*r/sqrt(w'*Sigma*w)", ""),
    ("(x − x̂)ᵀP⁻¹(x − x̂)", "x", {"x_hat": "vector"}, "(x - x_hat)'*inv(P)*(x - x_hat)", ""),
    ("½ q̇ᵀM q̇", "q_dot", {"q_dot": "vector"}, "q_dot'*M*q_dot/2", ""),
    ("½mẋᵀẋ", "x_dot", {"m": "scalar", "x_dot": "vector"}, "m*x_dot'*x_dot/2", ""),
    ("X'*I*X", "X", {}, "X'*X", "I is read as the identity matrix"),
    ("def f(x):\n    r = A @ x - y\n    return r @ r", "x", {"y": "vector"}, "(A*x - y)'*(A*x - y)", ""),
    (r"\log p(x) = -\frac12 x^\top S x", "x", {}, "-x'*S*x/2", ""),
    ("x·y", "x", {"x": "vector", "y": "vector"}, "x'*y", "the inner product"),
    (r"(Ax) \cdot (By)", "x", {"y": "vector"}, "(A*x)'*B*y", "the inner product"),
    ("m·g·h", "h", {"m": "scalar", "g": "scalar"}, "m*g*h", "h is read as a number"),
    ("tr(X^{-1}A)", "X", {}, "tr(inv(X)*A)", ""),
    (r"exp(-\frac{1}{2}x^\top x)", "x", {"x": "vector"}, "exp(-x'*x/2)", ""),
    (r"\|W\|_* + ‖W‖_*", "W", {}, "normnuc(W) + normnuc(W)", ""),
    ("lam x^{\\top}x", "x", {}, "l*a*m*x'*x", "one name is"),
    ("𝐱ᵀ𝐀𝐱", "x", {}, "x'*A*x", ""),
    ("y .- X*w", "w", {"y": "vector"}, "y - X*w", ""),
    ("norm_nuc(X)", "X", {}, "normnuc(X)", ""),
    ("a aᵀ b/(aᵀa)", "a", {"a": "vector", "b": "vector"}, "a*a'*b/(a'*a)", ""),
    ("E0 - R*T/(n*F)*log(Q)", "T", {"R": "scalar", "n": "scalar"}, "E0 - R*T/(n*F)*log(Q)", "as in a formula without arrays"),
    ("Vmax*S/(Km + S)", "S", {"Vmax": "scalar", "Km": "scalar"}, "Vmax*S/(Km + S)", "Km is read as one variable"),
    ("norm(X)", "X", {}, "norm2(X)", "Frobenius"),
    ("norm(X,'fro')", "X", {}, "norm2(X)", ""),
    ("norm(x, 1)", "x", {}, "norm1(x)", ""),
    ("var(x)", "x", {}, "mean((x - mean(x)).^2)", "divides by the number n"),
    ("std(x)", "x", {}, "sqrt(mean((x - mean(x)).^2))", "divides by the number n"),
    ("logsoftmax(x)", "x", {}, "x - logsumexp(x)", ""),
    ("cross(a,b)", "a", {"a": "vector", "b": "vector"}, "hat(a)*b", "cross product"),
    ("cumsum(x)", "x", {}, "tril(ones(m,m))*x", ""),
    ("prod(x)", "x", {}, "det(diag(x))", ""),
    ("conj(X)*X'", "X", {}, "X*X'", "everything is real"),
    ("X^H*X", "X", {}, "X'*X", "everything is real"),
    (r"X^H X", "X", {}, "X'*X", "everything is real"),
    (r"\operatorname{tr}(X^{\mathrm{H}} X)", "X", {}, "tr(X'*X)", "everything is real"),
    ("block_diag(A,B)", "A", {}, "[A, zeros(m,q); zeros(p,n), B]", ""),
    ("mean(X, axis=0)", "X", {}, "colsum(X)/m", ""),
    ("X.mean(axis=1)", "X", {}, "rowsum(X)/n", ""),
    ("np.mean(X, 1)", "X", {}, "rowsum(X)/n", ""),
    ("mean(X, 1)", "X", {}, "colsum(X)/m", "as MATLAB has it"),
    ("sum(X, dims=1)", "X", {}, "colsum(X)", ""),
    ("sum(abs2, A*x)", "x", {}, "sum((A*x).^2)", ""),
    ("logsoftmax(X, axis=1)", "X", {}, "X - logsumexp(X, rows)*ones(1,n)", ""),
    ("np.linalg.slogdet(X)[1]", "X", {}, "logdet(X)", ""),
    ("betaln(a,b)", "a", {}, "gammaln(a) + gammaln(b) - gammaln(a + b)", ""),
    ("X**2", "X", {}, "X.^2", ""),
    ("X.T @ X * Y", "X", {}, "(X'*X).*Y", ""),
    ("x @ A @ x", "x", {"x": "vector"}, "x'*A*x", ""),
    ("np.sum(X, axis=1)", "X", {}, "rowsum(X)", ""),
    ("(x**2).sum()", "x", {"x": "vector"}, "sum(x.^2)", ""),
    (r"\langle A,B\rangle", "A", {}, "tr(A'*B)", "is the inner product"),
    (r"f(X) = \operatorname{tr}(X)", "X", {}, "tr(X)", ""),
    (r"\mathcal L = \|x\|^2_2.", "x", {"x": "vector"}, "norm2(x)^2", ""),
    (r"$x^\top x$", "x", {"x": "vector"}, "x'*x", ""),
    (r"\[ x^\top x. \]", "x", {"x": "vector"}, "x'*x", ""),
    (r"\left. x^\top x \right.", "x", {"x": "vector"}, "x'*x", ""),
    (r"\begin{aligned} f(x) &= x^\top A x \\ &\quad + b^\top x \end{aligned}", "x", {"b": "vector"}, "x'*A*x + b'*x", ""),
    (r"\begin{aligned} M &= X^\top X \\ f &= \log\det M \end{aligned}", "X", {}, "logdet(X'*X)", ""),
    ("M = X'*X + c*I; logdet(M)", "X", {"c": "scalar"}, "logdet(X'*X + c*eye(n))", ""),
    ("z = W*x + b\na = tanh(z)\nsum(a)", "x", {"b": "vector"}, "sum(tanh(W*x + b))", "b is read as a vector"),
]  # fmt: skip
REFUSED = [
    ("logdet(L_Y) - logdet(L+eye)", "L", "L_Y would be a variable of its own, not a part of L"),
    ("L[Y,Y]", "L", "Y in brackets would be one position"),
    ("tr(X)", "x", "Did you mean X"),
    (r"\mathbb{E}[x]", "x", "expectations are not read"),
    ("E[x'*A*x]", "x", "expectations"),
    (r"\nabla_x f(x)", "x", "asks for a derivative"),
    (r"\frac{\partial f}{\partial x}", "x", "asks for a derivative"),
    (r"\min_x x^\top x", "x", "a minimum"),
    (r"x^\top x \text{ s.t. } y", "x", "constraints"),
    (r"x^* - y", "x", "^* is not read"),
    ("where(x > 0, x, 0)", "x", "a choice between values is not read"),
    ("repmat(x, 3, 1)", "x", "Write a product with ones"),
    (r"\mathbf{A} : \mathbf{B}", "A", "The inner product of two matrices"),
    ("𝔼[x'*x]", "x", "expectations"),
    ("np.sum(X @ w + np.random.randn(3))", "w", "draws random numbers"),
    ("X transpose X", "X", "transpose is a word"),
    ("trace of X", "X", "of is a word"),
    ("vech(X)", "X", "declare A: symmetric(n)"),
    ("imag(X)", "X", "everything is real"),
    ("gamma(a)", "a", "exp(gammaln(…))"),
    ("np.linalg.slogdet(X)", "X", "slogdet gives two results"),
    ("x'*A*x = 0", "x", "an equation is not read"),
    ("A*x >= b", "x", "an inequality is not read"),
    ("1,000*x'*x", "x", "a comma between the thousands"),
    ("x'*A*x / x'*x", "x", "bracket what divides"),
    ("x = x + 1", "x", "x is defined by itself"),
    ("X*w\nnorm2(w)", "w", "a line before the last one needs a name"),
    (r"x'x \\ y'y", "y", "a line before the last one needs a name"),
    ("|x|_1 + x'x", "x", "A norm is written ‖…‖_1."),
    ("tr(A'_1)", "A", "a subscript must follow a name"),
    (r"\phi(x)", "x", "phi is a variable, not a function"),
    (r"\lambda_1(A)", "A", "lambda_1 is a variable, not a function"),
    (r"\mathcal{L}(x)", "x", "L is a variable, not a function"),
    (r"\log a / b", "a", "it is not clear where the argument of log ends"),
    (r"(AB)_{12}", "A", "12 may be one position or several"),
    (r"x^\top 1", "x", "two factors without a sign between them"),
    (r"{x^\top x \over 2}", "x", "\\frac"),
    (r"{\rm tr}(A)", "A", "\\mathrm"),
    (r"\sin^{-1}(d)", "d", "\\arcsin"),
    (r"tr(A*zeros~\lambda)", "A", "tr needs a square matrix"),
]
FIRST = [  # the first formulas that a newcomer types, and their gradients
    ("x'*A*x", "x", "(A + A')*x"),
    ("norm2(A*x-b)^2", "x", "2*A'*(A*x - b)"),
    ("-sum(log(x))", "x", "-1./x"),
    ("logdet(X'X + c*I)", "X", "2*X*inv(X'*X + c*eye(n))"),
    ("-1/2*(x-mu)'*inv(Sigma)*(x-mu)", "mu", "sym(inv(Sigma))*(x - mu)"),
    ("1/(1+e^(-w'*x))", "w", "sigmoid(w'*x)*(1 - sigmoid(w'*x))*x"),
    ("||y - X*beta||^2 + lambda*beta'*beta", "beta", "2*X'*(X*beta - y) + 2*lambda*beta"),
]


@pytest.mark.parametrize(("text", "wrt", "kinds", "meaning", "note"), READ, ids=[r[0] for r in READ])
def test_texts_that_were_read_as_something_else(text, wrt, kinds, meaning, note):
    reading = read(text, wrt=wrt)
    assert reading.expr is parse(meaning, **reading.symbols)
    for name, kind in kinds.items():
        assert reading.symbols[name].is_scalar == (kind == "scalar")
        assert kind != "vector" or reading.symbols[name].is_vector
    assert any(note in n for n in reading.notes) if note else not reading.notes


@pytest.mark.parametrize(("text", "wrt", "message"), REFUSED, ids=[r[0] for r in REFUSED])
def test_texts_that_are_refused_in_words_that_help(text, wrt, message):
    with pytest.raises(FrechetError, match="(?s)" + re.escape(message)):
        read(text, wrt=wrt)


@pytest.mark.parametrize(("text", "wrt", "gradient"), FIRST, ids=[r[0] for r in FIRST])
def test_the_first_formulas_of_a_newcomer(text, wrt, gradient):
    d = derivative(text, wrt)
    expected = parse(gradient, **d.reading.symbols)
    assert equivalent(d.gradient, expected)
    assert d.read_as.startswith("read as: ")


def test_sizes_without_a_declaration_become_what_they_meet():
    assert to_text(read("X + eye(n)", {"X": "matrix(500,500)"}).expr) == "X + eye(500)"
    assert read("q'*kron(A,A)*q", {"A": "matrix(n,n)"}).read_as == "read as: q vector n*n, A matrix n×n; f scalar"
    with pytest.raises(LanguageError, match="the sizes differ"):
        read("eye(n) + eye(m)")


def test_declarations_as_in_python():
    assert read("s*x", {"s": "positive"}).read_as == "read as: s positive scalar, x vector m; f vector m"
    assert read("tr(X)", {"X": "matrix(n)"}).read_as == "read as: X matrix n×n; f scalar"


def test_both_readings_of_an_intercept_are_named():
    assert read("A*x + b", wrt="x").numbers == ("b",)
    assert read("A*x + b", {"b": "scalar"}, wrt="x").numbers == ()


def test_a_long_text_is_read_in_one_pass():
    text = " + ".join(f"norm2(A_{i}*x - b_{i})^2" for i in range(400))
    reading = read(text)
    assert all(reading.symbols[f"b_{i}"].is_vector for i in range(400))


def test_declarations_of_complex_matrices_are_refused_with_the_real_ones():
    with pytest.raises(LanguageError, match=r"(?s)hermitian is symmetric.*Declare symmetric\(n\)"):
        read("tr(X)", {"X": "hermitian(n)"})
