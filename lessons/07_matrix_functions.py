import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="7 Matrix functions and factorizations", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    import marimo as mo
    import numpy as np
    import scipy.linalg

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.pictures import branches, on_circle
    from frechet.lessons.sheets import fields, on_page, sheet

    return branches, Exercise, fields, fr, mo, np, on_circle, scipy, on_page, sheet


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 7 Matrix functions and factorizations

    ## From the equation that defines it

    A square root, a Cholesky factor, an eigenvector: none of these has a formula that one could differentiate. Each is *defined by an equation*, and the equation can be. The
    recipe is always the same: differentiate both sides, and solve for the unknown differential. What has to be solved is linear.

    | what | equation | its differential | solved |
    | --- | --- | --- | --- |
    | inverse | $AB = I$ | $dA\,B + A\,dB = 0$ | $dB = -B\,dA\,B$ |
    | square root | $R^2 = A$ | $dR\,R + R\,dR = dA$ | a Sylvester equation |
    | Cholesky | $LL^\top = S$ | $dL\,L^\top + L\,dL^\top = dS$ | $dL = L\,\Phi(L^{-1}dS\,L^{-\top})$ |
    | eigenvalue | $Sv = \lambda v$, $v^\top v = 1$ | multiply by $v^\top$ | $d\lambda = v^\top dS\,v$ |

    ($\Phi$ takes the lower half of a symmetric matrix, and half of its diagonal.) Choose one and see what Frechet writes:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    chosen = mo.ui.dropdown(
        ["inv(A)", "sqrtm(A)", "chol(S)", "expm(A)", "eigmax(S)", "pinv(A)", "polar(A)"], value="sqrtm(A)", label="f ="
    )
    chosen
    return (chosen,)


@app.cell(hide_code=True)
def _(chosen, fr, mo, on_page):
    _wrt = chosen.value[-2]
    _f = fr.parse(chosen.value, S="spd(n)") if _wrt == "S" else fr.parse(chosen.value)
    _d = fr.derivative(_f, _wrt)
    mo.vstack(
        [
            mo.md(f"$$d f = {fr.to_latex(_d.differential)}$$"),
            mo.md("assuming " + ", ".join(f"`{a}`" for a in _d.assumptions) if _d.assumptions else "assuming nothing"),
            on_page(chosen.value, _wrt, **({"S": "spd(n)"} if _wrt == "S" else {})),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    `sylv(A, B, C)` is the solution $X$ of $AX + XB = C$. It is unique exactly where no eigenvalue of $A$ is minus one of $B$: the square root has a derivative where
    its own eigenvalues do not cancel.

    ## The exponential, and a block matrix

    The series of $e^{A}$ has products of $A$ in every order, so $d(e^A)$ is not $e^A\,dA$. One identity computes it without any series: put $A$ and $dA$ into a
    block matrix of twice the size,

    $$\exp\begin{pmatrix} A & dA \\ 0 & A\end{pmatrix} = \begin{pmatrix} e^A & d(e^A) \\ 0 & e^A\end{pmatrix},$$

    and read off the upper right corner. It holds for every matrix function. Move the slider: for $t = 0$ the direction commutes with $A$, and then the naive formula is right.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    t = mo.ui.slider(0.0, 1.0, 0.05, value=0.7, label="t", show_value=True)
    t
    return (t,)


@app.cell(hide_code=True)
def _(fr, mo, np, scipy, t):
    _A = np.array([[0.2, 1.0, 0.0], [0.0, -0.4, 0.7], [0.3, 0.0, 0.1]])
    _E = (1 - t.value) * _A + t.value * np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    _corner = scipy.linalg.expm(np.block([[_A, _E], [np.zeros((3, 3)), _A]]))[:3, 3:]
    _rule = fr.derivative("expm(A)", "A").at(A=_A)(_E)
    _naive = scipy.linalg.expm(_A) @ _E
    _h = 1e-6
    _differences = (scipy.linalg.expm(_A + _h * _E) - scipy.linalg.expm(_A - _h * _E)) / (2 * _h)
    mo.md(
        f"""
    | | distance from central differences |
    | --- | --- |
    | corner of the block matrix | {np.linalg.norm(_corner - _differences):.1e} |
    | Frechet's rule | {np.linalg.norm(_rule - _differences):.1e} |
    | $e^A\\,dA$ | {np.linalg.norm(_naive - _differences):.1e} |
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Factors that live on a surface

    The vectors with $x^\top x = 1$ are a sphere. Differentiate the equation: $2x^\top dx = 0$, so what is allowed is at a right angle to $x$: the **tangent space**. For orthogonal
    matrices, $Q^\top Q = I$ gives $dQ^\top Q + Q^\top dQ = 0$: the matrix $Q^\top dQ$ is *skew-symmetric*. That is why a Q-factor of order n has $n(n-1)/2$ degrees of freedom, and it is the
    key to the derivatives of QR, of eigenvectors and of singular vectors.

    Frechet knows these surfaces: of an `x` that is declared `unit(n)` the gradient is the tangent one.
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo):
    _sphere = fr.derivative(fr.parse("x'*S*x", x="unit(n)", S="symmetric(n)"), "x")
    mo.md(
        f"$$\\nabla (x^\\top S x) = {fr.to_latex(_sphere.gradient)}$$\n\nIt is zero where $Sx$ is a multiple of $x$: at the eigenvectors."
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Move the point, and a step along its tangent. The step leaves the circle at second order; the dashed line brings it back.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    angle = mo.ui.slider(0.0, 6.2, 0.1, value=0.9, label="angle", show_value=True)
    step = mo.ui.slider(-1.0, 1.0, 0.05, value=0.5, label="step along the tangent", show_value=True)
    mo.hstack([angle, step], justify="start", wrap=True)
    return angle, step


@app.cell(hide_code=True)
def _(angle, mo, np, on_circle, step):
    _Q = np.array([[np.cos(angle.value), -np.sin(angle.value)], [np.sin(angle.value), np.cos(angle.value)]])
    _dQ = step.value * _Q @ np.array([[0.0, -1.0], [1.0, 0.0]])
    mo.hstack(
        [
            on_circle(angle.value, step.value),
            mo.md(
                f"As a rotation $Q$ by this angle and the same step $dQ$: $Q^\\top dQ$ is `{(np.round(_Q.T @ _dQ, 3) + 0.0).tolist()}`, skew, "
                f"while $(Q+dQ)^\\top(Q+dQ)$ is `{np.round((_Q + _dQ).T @ (_Q + _dQ), 3).tolist()}`: off by the square of the step."
            ),
        ],
        wrap=True,
        justify="start",
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Eigenvalues that cross

    Take $S(t) = \begin{pmatrix} t & g \\ g & -t\end{pmatrix}$, with eigenvalues $\pm\sqrt{t^2 + g^2}$. For $g \ne 0$ they avoid each other, and the eigenvectors turn by a right angle
    on the way, the faster the smaller $g$ is. At $g = 0$ they cross, and at the crossing the eigenvectors have no derivative: any basis of the plane is one. But the *sum* of the two, or
    $\operatorname{tr} e^S$, does not notice anything.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    gap = mo.ui.slider(0.0, 1.0, 0.02, value=0.3, label="g", show_value=True)
    gap
    return (gap,)


@app.cell(hide_code=True)
def _(branches, gap, np):
    _t = np.linspace(-2, 2, 201)

    def _curves(g):
        root = np.sqrt(_t**2 + g**2)
        return {"larger": root, "smaller": -root, "tr exp(S) - 5": np.exp(root) + np.exp(-root) - 5}

    branches(_t, {f"g = {g:.2f}": _curves(g) for g in (gap.value, 0.3, 0.0)})
    return


@app.cell(hide_code=True)
def _(fr, mo):
    _d = fr.derivative(fr.parse("sum(exp(eigvalsh(S)))", S="symmetric(n)"), "S")
    mo.md(
        f"Frechet recognises what does not depend on the choice of vectors: the gradient of $\\sum_k e^{{\\lambda_k(S)}}$ is ${fr.to_latex(_d.gradient)}$, finite at every tie."
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="The differential of $X^{-2}$.",
            f="inv(X)^2",
            wrt="X",
            form="differential",
            solution="-inv(X)*dX*inv(X)^2 - inv(X)^2*dX*inv(X)",
            hint="The product rule, and $d(X^{-1})$ twice.",
            worked="Each of the two inverses varies: `-inv(X)*dX*inv(X)^2 - inv(X)^2*dX*inv(X)`.",
            wrong={
                "-2*inv(X)^3*dX": "commute",
                "inv(X)*dX*inv(X)^2 + inv(X)^2*dX*inv(X)": "sign",
                "-inv(X)*dX*inv(X)^2": "missing",
            },
        ),
        Exercise(
            question="The gradient of $\\operatorname{tr}(e^X)$. The trace forgives what the differential of $e^X$ does not.",
            f="tr(expm(X))",
            wrt="X",
            form="gradient",
            solution="expm(X)'",
            hint="In the trace of a product of $X$s and one $dX$, turn until $dX$ is last.",
            worked="Every term of the series gives the same power: $\\operatorname{tr}(e^X dX)$, so `expm(X)'`.",
            wrong={"expm(X)": "transpose", "2*expm(X)'": "factor", "-expm(X)'": "sign"},
        ),
        Exercise(
            question="The gradient of $\\operatorname{tr}(X^3)$.",
            f="tr(X^3)",
            wrt="X",
            form="gradient",
            solution="3*(X')^2",
            hint="As in 2, with three places.",
            worked="Three equal terms, $3\\operatorname{tr}(X^2 dX)$: `3*(X')^2`.",
            wrong={"3*X^2": "transpose", "(X')^2": "factor", "-3*(X')^2": "sign"},
        ),
        Exercise(
            question="The gradient of $\\operatorname{tr}\\sqrt S$, for a symmetric positive definite $S$.",
            f="tr(sqrtm(S))",
            wrt="S",
            form="gradient",
            solution="inv(sqrtm(S))/2",
            hint="Multiply $dR\\,R + R\\,dR = dS$ by $R^{-1}$ and take the trace.",
            worked="$2\\operatorname{tr}(dR) = \\operatorname{tr}(R^{-1}dS)$: `inv(sqrtm(S))/2`.",
            wrong={"inv(sqrtm(S))": "factor", "-inv(sqrtm(S))/2": "sign", "2*inv(sqrtm(S))": "factor"},
            declared={"S": "spd(n)"},
        ),
        Exercise(
            question="$L$ is the Cholesky factor of $S$. What is the gradient of $\\sum_i \\log l_{ii}$ by $S$?",
            f="sum(log(diag(chol(S))))",
            wrt="S",
            form="gradient",
            solution="inv(S)/2",
            hint="What is the product of the $l_{ii}$, in terms of $\\det S$?",
            worked="$\\det S = \\prod l_{ii}^2$, so the function is $\\tfrac12\\log\\det S$: `inv(S)/2`.",
            wrong={"inv(S)": "factor", "-inv(S)/2": "sign", "2*inv(S)": "factor"},
            declared={"S": "spd(n)"},
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
