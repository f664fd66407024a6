import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="9 Exterior calculus", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    from math import gamma

    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises_of_forms import FormExercise, VolumeExercise
    from frechet.lessons.multiples import histograms
    from frechet.lessons.pictures import parallelogram, plane_map
    from frechet.lessons.sheets import fields, sheet
    from frechet.lessons.vectors import Vectors

    return FormExercise, Vectors, VolumeExercise, fields, fr, gamma, histograms, mo, np, parallelogram, plane_map, sheet


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 9 Exterior calculus

    An integral needs a volume element. Change the variables, and the volume element changes by a determinant; change from a matrix to its *factors*, and somebody has to compute the determinant of a very
    large Jacobian. There is an algebra in which such determinants compute themselves. It has one rule: **order matters, and twice is zero.**

    ## Areas with a sign

    Take $dx$ and $dy$ as functions of a vector: they return its two components. From them, make a function of *two* vectors,

    $$(dx \wedge dy)(u, v) = dx(u)\,dy(v) - dx(v)\,dy(u).$$

    This is $u_1 v_2 - v_1 u_2$, the area of the parallelogram of $u$ and $v$, negative when the way from $u$ to $v$ is clockwise. Drag the vectors. Make $v$ a multiple of $u;$ pass it over to the other side.
    """)
    return


@app.cell(hide_code=True)
def _(Vectors, mo):
    pair = mo.ui.anywidget(Vectors(2.0, u=(1.4, 0.3), v=(0.4, 1.1)))
    pair
    return (pair,)


@app.cell(hide_code=True)
def _(fr, mo, np, pair, parallelogram):
    plane = fr.chart("x y")
    _u, _v = (plane.field(*map(float, w)) for w in pair.value["vectors"])
    _area = float(plane.form("dx^dy")(_u, _v))
    _swapped = float(plane.form("dx^dy")(_v, _u))
    mo.vstack(
        [
            parallelogram(np.array(pair.value["vectors"], float).T),
            mo.md(
                f"$(dx\\wedge dy)(u, v) = {_area:.3f}$, and in the other order $(dx\\wedge dy)(v, u) = {_swapped:.3f}$."
            ),
        ]
    )
    return (plane,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    So $dy\wedge dx = -\,dx\wedge dy$ and $dx\wedge dx = 0$. With these two rules, and the distributive law, one multiplies **forms**: sums of such products, with functions as coefficients. A product of one-forms in the
    plane is a determinant; in space it is the cross product. Choose two:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    first = mo.ui.dropdown(["dx", "x*dx + y*dy", "2*dx + 3*dy - dz"], value="2*dx + 3*dy - dz", label="first")
    second = mo.ui.dropdown(["dy", "x*dy - y*dx", "dx - dy + 4*dz", "dy^dz"], value="dx - dy + 4*dz", label="second")
    mo.hstack([first, second], justify="start", wrap=True)
    return first, second


@app.cell(hide_code=True)
def _(first, fr, mo, second):
    space = fr.chart("x y z")
    _a, _b = space.form(first.value), space.form(second.value)
    mo.md(f"$$\\left({_a.latex()}\\right)\\wedge\\left({_b.latex()}\\right)$$\n\n$$= {(_a ^ _b).latex()}$$")
    return (space,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## One derivative for all of them

    The **exterior derivative** $d$ differentiates the coefficients, and wedges: $d(f\,dx) = df\wedge dx$. On functions it is the gradient, on one-forms in space the curl, on two-forms the divergence. They are one
    operation, and the two identities that students learn separately ($\operatorname{curl}\operatorname{grad} = 0$, $\operatorname{div}\operatorname{curl} = 0$) are one identity:
    $d\,d = 0$, since second derivatives are symmetric and the wedge is not.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    form = mo.ui.dropdown(
        ["x^2*y + sin(z)", "x*y*dx + z^2*dy", "x*dy - y*dx", "x*dy^dz + y*dz^dx + z*dx^dy", "exp(x)*z*dy"],
        value="x*y*dx + z^2*dy",
        label="w =",
    )
    form
    return (form,)


@app.cell(hide_code=True)
def _(form, mo, space):
    _w = space.form(form.value)
    _name = {0: "the gradient", 1: "the curl", 2: "the divergence"}[_w.degree]
    _closed = "zero: w is *closed*" if _w.is_closed() else f"{_name} of it"
    mo.md(
        f"$$w = {_w.latex()}$$\n\n$$dw = {_w.d.latex()}, \\qquad d\\,dw = {_w.d.d.latex()}$$\n\n"
        f"$w$ is a form of degree {_w.degree}; $dw$ is {_closed}."
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Stokes, in one line

    $$\int_{\partial M} w = \int_M dw.$$

    The fundamental theorem of calculus, Green's, Gauss's and Stokes's theorems are this line in different degrees. Take $w = \tfrac12(x\,dy - y\,dx)$, so that $dw = dx\wedge dy$: *a walk around a field measures its area*. The field is
    an ellipse:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    width = mo.ui.slider(1, 6, 1, value=3, label="half the width", show_value=True)
    height = mo.ui.slider(1, 6, 1, value=2, label="half the height", show_value=True)
    mo.hstack([width, height], justify="start", wrap=True)
    return height, width


@app.cell(hide_code=True)
def _(fr, height, mo, plane, width):
    _ellipse = fr.chart("r t").to(plane, x=f"{width.value}*r*cos(t)", y=f"{height.value}*r*sin(t)")
    _verdict = fr.stokes(plane.form("x*dy/2 - y*dx/2"), fr.chain(_ellipse, r=(0, 1), t=(0, "2*pi")))
    mo.vstack(
        [
            mo.md(
                f"The ellipse has the area $\\pi\\cdot{width.value}\\cdot{height.value}$. Frechet takes both integrals:"
            ),
            mo.plain_text(str(_verdict)),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Changing variables

    Substitute $x = r\cos t$ and $y = r\sin t$ in $dx\wedge dy$, *as if it were algebra*: $dx = \cos t\,dr - r\sin t\,dt$, and so on. Multiply out, drop $dr\wedge dr$ and $dt\wedge dt$, and what is left is the Jacobian determinant.
    This is called the **pullback**.
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo, plane, space):
    polar = fr.chart("r t").to(plane, x="r*cos(t)", y="r*sin(t)")
    ball = fr.chart("r t u").to(space, x="r*sin(t)*cos(u)", y="r*sin(t)*sin(u)", z="r*cos(t)")
    _flat = polar.pullback(plane.form("dx^dy")).simplify()
    _solid = ball.pullback(space.form("dx^dy^dz")).simplify()
    mo.md(f"$$dx\\wedge dy = {_flat.latex()}$$\n\n$$dx\\wedge dy\\wedge dz = {_solid.latex()}$$")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Seen from close by: the small square of the left picture is $dr\,dt$. Its image grows with the distance from the centre, by the factor $r$ (the slider moves it).
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    radius = mo.ui.slider(0.1, 1.7, 0.1, value=1.2, label="r", show_value=True)
    radius
    return (radius,)


@app.cell(hide_code=True)
def _(fr, mo, np, plane_map, radius):
    def _polar(v):
        r, t = 1 + v[0], np.pi * v[1] / 2
        return np.stack([r * np.cos(t), r * np.sin(t)])

    def _picture(r):
        at = np.array([r - 1.0, 0.3])
        return plane_map(_polar, fr.jacobian(_polar)(at), at)

    _det = np.linalg.det(fr.jacobian(_polar)(np.array([radius.value - 1.0, 0.3])))
    mo.vstack(
        [
            _picture(radius.value),
            mo.md(
                f"Jacobian determinant **{_det:.3f}**, that is $r$ times $\\pi/2$ (the left side counts angles in quarter turns)."
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Volumes of factorizations

    Now let the variables be matrices. $(dX)$ is the wedge of the differentials of all entries. In $X = QR$ the entries of $X$ are functions of an orthogonal $Q$ and a triangular $R$. From

    $$Q^\top dX = \underbrace{Q^\top dQ}_{\text{skew}}\,R + dR$$

    one reads the volume: $Q^\top$ turns and keeps volumes; below the diagonal only the first term lives, and there, column by column, $r_{ii}$ multiplies the $m - i$ entries of $Q^\top dQ$ below the diagonal. Wedge them together:
    $(dX) = \prod_i r_{ii}^{\,m-i}\,(Q^\top dQ)(dR)$. Frechet finds such formulas from the differential of the map, at *every* size, and compares them with differences:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    factorization = mo.ui.dropdown(
        [
            "X = Q*R",
            "A = L*U",
            "A = L*L'",
            "S = Q*diag(l)*Q'",
            "X = U*diag(s)*V'",
            "Y = A*X*B",
            "Y = inv(X)",
            "Y = X^2",
        ],
        value="X = Q*R",
        label="transformation",
    )
    factorization
    return (factorization,)


@app.cell(hide_code=True)
def _(factorization, fr, mo):
    _factors = {
        "X = Q*R": {"Q": "stiefel(m,n)", "R": "upper(n), positive diagonal"},
        "A = L*U": {"L": "unit lower(n)", "U": "upper(n)"},
        "A = L*L'": {"L": "lower(n), positive diagonal"},
        "S = Q*diag(l)*Q'": {"Q": "orthogonal(n)", "l": "vector(n)"},
        "X = U*diag(s)*V'": {"U": "stiefel(m,n)", "s": "vector(n), positive", "V": "orthogonal(n)"},
        "Y = A*X*B": {"X": "matrix(m,n)"},
        "Y = inv(X)": {"X": "matrix(n)"},
        "Y = X^2": {"X": "matrix(n)"},
    }

    def _shown(text):
        J = fr.jacobian_of(text, **_factors[text])
        declared = ", ".join(f"{name}: {kind}" for name, kind in _factors[text].items())
        return f"$${J.latex()}$$\n\n{declared}. Checked: {J.check()}."

    mo.vstack(
        [
            mo.md(_shown(factorization.value)),
            mo.accordion(
                {
                    "How it was derived": mo.plain_text(
                        "\n".join(fr.jacobian_of(factorization.value, **_factors[factorization.value]).steps)
                    )
                }
            ),
            mo.md(
                "Two more, for the printed page:\n\n"
                + "\n\n".join(_shown(text) for text in ("A = L*L'", "S = Q*diag(l)*Q'"))
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Random matrices: eigenvalues repel

    Look at the volume of $S = Q\Lambda Q^\top$: it has the factor $\prod_{i<j}|\lambda_i - \lambda_j|$. Where two eigenvalues come together, there is *no room*: matrices with close eigenvalues are rare. Draw random symmetric matrices and
    look at the gap between two eigenvalues. The exponent $\beta$ of the factor is the number of real numbers in an entry, 1 for real, 2 for complex, 4 for quaternion matrices. For two independent numbers small gaps are the most
    likely ones; for eigenvalues they vanish like $s^\beta$:
    """)
    return


@app.cell(hide_code=True)
def _(fr, gamma, histograms, np):
    _s = np.linspace(0.0, 8.0, 200)
    _numbers = np.random.default_rng(0).standard_normal((6000, 2))
    _panels = {"independent": (abs(_numbers[:, 0] - _numbers[:, 1]), _s, np.exp(-(_s**2) / 4) / np.sqrt(np.pi))}
    for _name, _kind in {"real": "goe(2)", "complex": "gue(2)", "quaternion": "gse(2)"}.items():
        _density = fr.density(_kind)
        _beta = _density.eigenvalues().exponent
        _l = _density.sampled_eigenvalues(6000)
        # exp(-(l1² + l2²)/2) is exp(-s²/4) times a function of the mean
        _derived = _s**_beta * np.exp(-(_s**2) / 4) / (2**_beta * gamma((_beta + 1) / 2))
        _panels[f"{_name}, β = {_beta:.0f}"] = (_l[:, 1] - _l[:, 0], _s, _derived)
    histograms(_panels, "gap s")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The whole density of the eigenvalues is the volume times the weight of the matrices. Nothing else enters. For large matrices the repulsion of all pairs balances the weight, and the histogram of the eigenvalues takes a shape
    of its own, Wigner's semicircle. Move the size:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    order = mo.ui.slider(2, 200, 1, value=60, label="n", show_value=True)
    order
    return (order,)


@app.cell(hide_code=True)
def _(fr, histograms, mo, np, order):
    def _panel(n):
        eigenvalues = fr.density("goe(n)").sampled_eigenvalues(max(4, 6000 // n), n=n).ravel()
        x = np.linspace(-1.3, 1.3, 200)
        return eigenvalues / np.sqrt(2 * n), x, 2 / np.pi * np.sqrt(np.clip(1 - x**2, 0, None))

    mo.vstack(
        [
            histograms({f"n = {order.value}": _panel(order.value)}, "eigenvalue / sqrt(2n)", "semicircle"),
            mo.md("Three sizes side by side (the line is the semicircle, the limit of large $n$):"),
            histograms({f"n = {n}": _panel(n) for n in (2, 8, 100)}, "eigenvalue / sqrt(2n)", "semicircle"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    In the first two type a form, such as `x*dx^dy - 2*dy^dz`. In the others type the absolute value of a determinant; `|A|` is that of $\det A$, and `prod_i`, `prod(i<j, ...)` are products.
    """)
    return


@app.cell(hide_code=True)
def _(FormExercise, VolumeExercise, fr, plane, space, fields):
    _area = fr.chart("u v").to(plane, x="(u^2 - v^2)/2", y="u*v")
    exercises = [
        FormExercise(
            question="Multiply out: $(x\\,dx + y\\,dy)\\wedge(x\\,dy - y\\,dx)$.",
            form=plane.form("x*dx + y*dy") ^ plane.form("x*dy - y*dx"),
            solution="(x^2 + y^2)*dx^dy",
            hint="Four products; two of them are zero, and $dy\\wedge dx = -dx\\wedge dy$.",
            worked="$x\\cdot x\\,dx\\wedge dy - y\\cdot y\\,dy\\wedge dx = (x^2 + y^2)\\,dx\\wedge dy$: `(x^2 + y^2)*dx^dy`. (In polar coordinates: $r\\,dr\\wedge r^2 dt$.)",
            wrong={
                "(x^2 - y^2)*dx^dy": "coefficient of dx^dy",
                "(x^2 + y^2)*dy^dx": "sign",
                "2*(x^2 + y^2)*dx^dy": "factor",
            },
        ),
        FormExercise(
            question="The exterior derivative of $x y\\,dx + y z\\,dy + z x\\,dz$.",
            form=space.form("x*y*dx + y*z*dy + z*x*dz").d,
            solution="-x*dx^dy - y*dy^dz + z*dx^dz",
            hint="$d(xy)\\wedge dx = (y\\,dx + x\\,dy)\\wedge dx$. What is left of it?",
            worked="$x\\,dy\\wedge dx + y\\,dz\\wedge dy + z\\,dx\\wedge dz$: `-x*dx^dy - y*dy^dz + z*dx^dz`.",
            wrong={
                "x*dx^dy + y*dy^dz - z*dx^dz": "sign",
                "-x*dx^dy - y*dy^dz": "dx^dz is missing",
                "-x*dx^dy - y*dy^dz - z*dx^dz": "sign of dx^dz",
                "y*dx + z*dy + x*dz": "degree",
            },
        ),
        VolumeExercise(
            question="Parabolic coordinates: $x = \\tfrac12(u^2 - v^2)$, $y = uv$. What is $\\left|\\frac{dx\\wedge dy}{du\\wedge dv}\\right|$?",
            map=_area,
            solution="u^2 + v^2",
            hint="$dx = u\\,du - v\\,dv$ and $dy = v\\,du + u\\,dv$.",
            worked="$(u\\,du - v\\,dv)\\wedge(v\\,du + u\\,dv) = u^2\\,du\\wedge dv - v^2\\,dv\\wedge du$: `u^2 + v^2`.",
            wrong={
                "u^2 - v^2": "times the right value",
                "2*(u^2 + v^2)": "2 times the right value",
                "sqrt(u^2 + v^2)": "times the right value",
            },
        ),
        VolumeExercise(
            question="Cholesky: $A = LL^\\top$ with $L$ lower triangular and positive on the diagonal. $(dA) = \\dots(dL)$?",
            map="A = L*L'",
            solution="2^n*prod(i, l_ii^(n-i+1))",
            hint="Try $n = 2$: $a_{11} = l_{11}^2$, $a_{21} = l_{21}l_{11}$, $a_{22} = l_{21}^2 + l_{22}^2$, and the matrix of the derivatives is triangular.",
            worked="For $n = 2$ the wedge is $2l_{11}\\cdot l_{11}\\cdot 2l_{22}$. In general `2^n*prod(i, l_ii^(n-i+1))`.",
            wrong={
                "prod(i, l_ii^(n-i+1))": "2^n is missing",
                "2^n*prod(i, l_ii^(n-i))": "exponent of l_ii is too small by 1",
                "2^n*prod(i, l_ii^i)": "too large by 2*i - n - 1",
            },
            declared={"L": "lower(n), positive diagonal"},
        ),
        VolumeExercise(
            question="$Y = AXA^\\top$ with a fixed $A$ and *symmetric* n×n matrices $X$, $Y$. $(dY) = \\dots(dX)$?",
            map="Y = A*X*A'",
            solution="|A|^(n+1)",
            hint="Try a diagonal $A$: entry $(i, j)$ is multiplied by $a_i a_j$. How many entries does a symmetric matrix have, and how often does each $a_i$ occur?",
            worked="With $A$ diagonal, $\\prod_{i\\le j} a_i a_j$ has every $a_i$ just $n + 1$ times: `|A|^(n+1)`. (All n×n matrices would give $|A|^{2n}$.)",
            wrong={
                "|A|^(2*n)": "exponent of |A| is too large",
                "|A|^n": "exponent of |A| is too small by 1",
                "|A|^(n-1)": "exponent of |A| is too small by 2",
            },
            declared={"X": "symmetric(n)"},
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
