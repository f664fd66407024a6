import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="4 Gradients of scalar functions of matrices", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.figures import Figures
    from frechet.lessons.pictures import parallelogram, remainders
    from frechet.lessons.sheets import derivation, fields, on_page, sheet
    from frechet.lessons.vectors import Vectors

    return Figures, Exercise, derivation, fields, fr, mo, np, parallelogram, remainders, on_page, sheet, Vectors


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 4 Gradients of scalar functions of matrices

    ## An inner product of matrices

    A function with a *number* as its value has a differential that takes a matrix $dX$ and returns a number, linearly. Every such operator is an inner product with one
    fixed matrix, once matrices have an inner product. The natural one multiplies entry by entry and sums, as for vectors (Frobenius):

    $$\langle A, B\rangle = \sum_{ij} a_{ij} b_{ij} = \operatorname{tr}(A^\top B)$$

    and $\|A\|^2 = \langle A, A\rangle$.

    The matrix $G$ with $df = \langle G, dX\rangle$ for every $dX$ is the **gradient** $\nabla f$: of the shape of $X$, pointing where $f$ grows fastest.

    One law does most of the work. The trace does not mind turning a product around, $\operatorname{tr}(AB) = \operatorname{tr}(BA),$ nor a transpose. So a $dX$ that is
    buried in a product can always be moved to the end:

    $$\operatorname{tr}(A\,dX\,B) = \operatorname{tr}(BA\,dX) = \langle (BA)^\top, dX\rangle.$$
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    chosen = mo.ui.dropdown(
        [
            "tr(A*X*B)",
            "tr(X'*X)",
            "norm(X)",
            "tr(A*X^2)",
            "x'*X*y",
            "tr(X'*A*X*B)",
            "logdet(X)",
            "det(X)",
            "tr(inv(X)*A)",
        ],
        value="tr(A*X*B)",
        label="f(X) =",
    )
    chosen
    return (chosen,)


@app.cell(hide_code=True)
def _(chosen, derivation, fr, mo, on_page):
    answer = fr.derivative(chosen.value, "X")
    mo.vstack(
        [
            derivation(answer),
            mo.md(f"$$\\nabla f = {fr.to_latex(answer.gradient)}$$"),
            on_page(chosen.value, "X"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The determinant

    The determinant of a 2×2 matrix is the signed area of the parallelogram of its columns. Drag them. The dashed arrows are the columns of the gradient: move a
    column along its arrow, and the area grows fastest. Each stands at a right angle to the *other* column: only the height over that base counts.
    """)
    return


@app.cell(hide_code=True)
def _(Vectors, mo):
    columns = mo.ui.anywidget(Vectors(2.0, x1=(1.5, 0.2), x2=(0.5, 1.1)))
    columns
    return (columns,)


@app.cell(hide_code=True)
def _(columns, fr, mo, np, parallelogram):
    X0 = np.array(columns.value["vectors"], float).T
    gradient = fr.compile(fr.gradient("det(X)", "X"))(X=X0)
    mo.vstack(
        [
            parallelogram(X0, gradient),
            mo.md(
                f"det X = **{np.linalg.det(X0):.3f}**, gradient (the matrix of cofactors) `{np.round(gradient, 3).tolist()}`"
            ),
        ]
    )
    return (X0,)


@app.cell(hide_code=True)
def _(Figures, np, parallelogram):
    _shapes = {
        "square": [[1.0, 0.0], [0.0, 1.0]],
        "sheared": [[1.0, 0.8], [0.0, 1.0]],
        "nearly flat": [[1.0, 1.2], [0.3, 0.5]],
    }

    def _cofactors(X):
        return np.array([[X[1, 1], -X[1, 0]], [-X[0, 1], X[0, 0]]])

    _drawn = [parallelogram(np.array(X), _cofactors(np.array(X)), title) for title, X in _shapes.items()]
    Figures([figure for one in _drawn for figure in one.figures])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ### Three ways to its gradient

    **By expansion.** Along row $i$, $\det X = \sum_j x_{ij} C_{ij}$, where the cofactor $C_{ij}$ does not contain row $i$. So
    $\partial \det X/\partial x_{ij} = C_{ij}$: the gradient is the matrix of cofactors, $\nabla \det X = \operatorname{adj}(X)^\top = \det(X)\,X^{-\top}$.

    **At the identity.** $\det(I + E) = 1 + \operatorname{tr} E + o(\|E\|):$ of all products in the determinant, only the one along the diagonal has first-order terms. For an
    invertible $X$, $\det(X + dX) = \det X\,\det(I + X^{-1}dX) = \det X\,(1 + \operatorname{tr}(X^{-1}dX) + \dots)$.

    **By eigenvalues.** $\det X = \prod \lambda_k$, so $d\log\det X = \sum d\lambda_k/\lambda_k$, and that is $\operatorname{tr}(X^{-1} dX)$.

    All three say

    $$d(\det X) = \det(X)\,\operatorname{tr}(X^{-1}\,dX),$$

    $$d(\log\det X) = \operatorname{tr}(X^{-1}\,dX).$$

    The second way, in numbers. The remainder falls with slope 2:
    """)
    return


@app.cell(hide_code=True)
def _(np, remainders):
    _rng = np.random.default_rng(1)
    _steps = np.logspace(-4, -0.5, 12)
    _curves = {}
    for _n in (2, 4, 8):
        _E = _rng.standard_normal((_n, _n))
        _missed = [abs(np.linalg.det(np.eye(_n) + t * _E) - 1 - t * np.trace(_E)) for t in _steps]
        _curves[f"{_n}×{_n}"] = (_steps, np.array(_missed))
    remainders(_curves, "ε in |det(I + εE) - 1 - ε tr E|")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The characteristic polynomial

    $p(t) = \det(tI - X)$ depends on a number and on a matrix, and the same rule gives both derivatives: $p'(t) = p(t)\operatorname{tr}((tI - X)^{-1})$. Newton's method for
    the eigenvalues, $t - p/p'$, needs no coefficients of the polynomial, only that trace. A start and ten steps:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    start = mo.ui.slider(-3.0, 6.0, 0.25, value=6.0, label="start t", show_value=True)
    start
    return (start,)


@app.cell(hide_code=True)
def _(fr, mo, np, start):
    _S = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, -1.0]])
    _log = fr.compile(fr.gradient(fr.parse("log(det(t*eye(n) - S))", t="scalar", S="matrix(n,n)"), "t"))
    _t, _rows = start.value, []
    for _k in range(10):
        try:
            _step = 1 / _log(t=_t, S=_S)
        except fr.EvaluationError:  # singular up to rounding: t is an eigenvalue
            _rows.append(f"| {_k} | {_t:.12f} | the matrix is singular to the last digit: found |")
            break
        _rows.append(f"| {_k} | {_t:.12f} | {_step:+.1e} |")
        _t -= _step
    mo.md(
        f"p'/p = ${fr.to_latex(fr.gradient(fr.parse('log(det(t*eye(n) - S))', t='scalar', S='matrix(n,n)'), 't'))}$. The eigenvalues are "
        f"`{np.round(np.linalg.eigvalsh(_S), 12).tolist()}`.\n\n| step | t | p/p' |\n| --- | --- | --- |\n"
        + "\n".join(_rows)
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    Type the gradient: a matrix of the shape of the variable.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="The gradient of $\\operatorname{tr}(AXB)$ by $X$.",
            f="tr(A*X*B)",
            wrt="X",
            form="gradient",
            solution="A'*B'",
            hint="Turn the product until $dX$ stands last. What is $G$ in $\\operatorname{tr}(G^\\top dX)$?",
            worked="$\\operatorname{tr}(A\\,dX\\,B) = \\operatorname{tr}(BA\\,dX)$, so $G^\\top = BA$: `A'*B'`.",
            wrong={"B*A": "transpose", "-A'*B'": "sign", "2*A'*B'": "factor"},
        ),
        Exercise(
            question="The gradient of the Frobenius norm $\\|X\\|$ itself (not squared).",
            f="norm(X)",
            wrt="X",
            form="gradient",
            solution="X/norm(X)",
            hint="$\\|X\\| = \\sqrt{\\operatorname{tr}(X^\\top X)}$, and $d\\sqrt{s} = ds/(2\\sqrt s)$.",
            worked="$d\\,\\|X\\|^2 = 2\\langle X, dX\\rangle = 2\\|X\\|\\,d\\|X\\|$, so the gradient is `X/norm(X)`: of length one, as for vectors.",
            wrong={"2*X/norm(X)": "factor", "X": "off by the factor", "-X/norm(X)": "sign"},
        ),
        Exercise(
            question="The gradient of $\\operatorname{tr}(AX^2)$ by $X$.",
            f="tr(A*X^2)",
            wrt="X",
            form="gradient",
            solution="(A*X + X*A)'",
            hint="Two places vary: $\\operatorname{tr}(A\\,dX\\,X) + \\operatorname{tr}(A X\\,dX)$.",
            worked="Turned around, $\\operatorname{tr}((XA + AX)\\,dX)$: `(A*X + X*A)'`.",
            wrong={"2*A'*X'": "commute", "A*X + X*A": "transpose", "X'*A'": "missing"},
        ),
        Exercise(
            question="The gradient of $\\log\\det(X^\\top X)$ by a tall $X$.",
            f="logdet(X'*X)",
            wrt="X",
            form="gradient",
            solution="2*X*inv(X'*X)",
            hint="$d\\log\\det M = \\operatorname{tr}(M^{-1}dM)$ with $dM = dX^\\top X + X^\\top dX$; the two terms have one trace.",
            worked="$2\\operatorname{tr}((X^\\top X)^{-1}X^\\top dX)$: `2*X*inv(X'*X)`.",
            wrong={"X*inv(X'*X)": "factor", "-2*X*inv(X'*X)": "sign", "2*X": "factor inv(X'*X) is missing"},
        ),
        Exercise(
            question="The gradient of $\\operatorname{tr}(X^{-1}A)$ by $X$.",
            f="tr(inv(X)*A)",
            wrt="X",
            form="gradient",
            solution="-(inv(X)*A*inv(X))'",
            hint="$d(X^{-1}) = -X^{-1}dX\\,X^{-1}$; then turn.",
            worked="$-\\operatorname{tr}(X^{-1}dX\\,X^{-1}A) = -\\operatorname{tr}(X^{-1}AX^{-1}\\,dX)$: `-(inv(X)*A*inv(X))'`.",
            wrong={"(inv(X)*A*inv(X))'": "sign", "-inv(X)*A*inv(X)": "transpose", "-(A*inv(X)^2)'": "commute"},
        ),
    ]
    answers = fields(exercises)
    return answers, exercises


@app.cell(hide_code=True)
def _(answers, exercises, sheet):
    sheet(exercises, answers)
    return


if __name__ == "__main__":
    app.run()
