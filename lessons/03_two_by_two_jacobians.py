import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="3 Two-by-two Jacobians", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.pictures import image_of_circle, plane_map
    from frechet.lessons.sheets import fields, sheet
    from frechet.lessons.vectors import Vectors

    return Exercise, fields, fr, image_of_circle, mo, np, plane_map, sheet, Vectors


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 3 Two-by-two Jacobians

    A function from 2×2 matrices to 2×2 matrices has a derivative that takes four numbers to four numbers. There are four ways to look at it, and each shows
    something that the others hide:

    1. **letters**: the matrix of the 16 partial derivatives, entry by entry;
    2. **numbers**: the same at one point;
    3. **the linear transformation**: $dX \mapsto f'(X)[dX]$, a formula for every size;
    4. **Kronecker products**: the matrix of that transformation on stacked columns.

    ## Stacking columns

    `vec` puts the columns of a matrix under one another. One identity turns products of matrices into a matrix on stacked columns:

    $$\operatorname{vec}(A X B) = (B^\top \otimes A)\,\operatorname{vec}(X).$$

    The Kronecker product $B^\top \otimes A$ has a block $b_{ji} A$ in place $(i, j)$.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    transformation = mo.ui.dropdown(
        {
            "square, X²": "Y = X^2",
            "cube, X³": "Y = X^3",
            "inverse, X⁻¹": "Y = inv(X)",
            "two-sided product, A X B": "Y = A*X*B",
            "triangular factors, A = L U": "A = L*U",
            "Cholesky factor, S = L L'": "S = L*L'",
        },
        value="square, X²",
        label="the map",
    )
    transformation
    return (transformation,)


@app.cell(hide_code=True)
def _(Vectors, mo):
    columns = mo.ui.anywidget(Vectors(2.0, x1=(1.3, 0.4), x2=(-0.3, 0.9)))
    mo.vstack([mo.md("The point X at which the numbers are taken: drag its columns."), columns])
    return (columns,)


@app.cell(hide_code=True)
def _(fr, mo, transformation):
    _factors = {
        "A = L*U": {"L": "unit lower(n)", "U": "upper(n)"},
        "S = L*L'": {"L": "lower(n), positive diagonal"},
    }.get(transformation.value, {"X": "matrix(n)"})
    letters = fr.jacobian_of(transformation.value, **_factors)
    mo.vstack(
        [
            mo.md("### Letters"),
            mo.md(letters.explicit(2)._repr_latex_()),
            mo.md(f"For every size n its determinant is `{letters.formula}`: 2×2 is the smallest case of a formula."),
        ]
    )
    return


@app.cell(hide_code=True)
def _(columns, fr, mo, np, transformation):
    X0 = np.array(columns.value["vectors"], float).T
    _named = {"Y = X^2": "X^2", "Y = X^3": "X^3", "Y = inv(X)": "inv(X)", "Y = A*X*B": "A*X*B"}.get(
        transformation.value
    )
    if _named is None:
        _views = mo.md(
            "### Numbers, transformation, Kronecker\n\nThe factors are triangular: three and one coordinates instead of four. The matrix of letters above *is* the Jacobian in these "
            "coordinates. Triangular matrices are a subspace, and no Kronecker product lives on it alone."
        )
    else:
        _d = fr.derivative(_named, "X")
        _given = {"X": X0, "A": np.array([[1.0, 2.0], [0.0, 1.0]]), "B": np.array([[1.0, 0.0], [-1.0, 2.0]])}
        _numbers = fr.compile(_d.jacobian)(**{k: v for k, v in _given.items() if k in _named})
        _rows = "\n".join("| " + " | ".join(f"{v:+.3f}" for v in row) + " |" for row in _numbers)
        _views = mo.md(
            f"### Numbers\n\n| dx11 | dx21 | dx12 | dx22 |\n| --- | --- | --- | --- |\n{_rows}\n\n"
            f"### The linear transformation\n\n$$dX \\mapsto {fr.to_latex(_d.differential)}$$\n\n"
            f"### Kronecker\n\n$$\\operatorname{{vec}}(dX) \\mapsto \\left({fr.to_latex(_d.jacobian)}\\right)\\operatorname{{vec}}(dX)$$"
        )
    _views
    return (X0,)


@app.cell(hide_code=True)
def _(X0, image_of_circle, mo):
    mo.vstack(
        [
            mo.md("As maps of the plane, X and its powers: each takes the unit circle to an ellipse."),
            image_of_circle({"X": {"X": X0}, "X²": {"X²": X0 @ X0}, "X³": {"X³": X0 @ X0 @ X0}}),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Factorizations with angles

    A symmetric 2×2 matrix has two eigenvalues and one angle: three numbers for three numbers. Write the map from the eigenvalues $l, m$ and the angle $t$ to the entries, pull the
    volume element back, and simplify. What comes out is the Jacobian determinant: how much room there is for matrices with these eigenvalues.
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo):
    _polar = fr.chart("r t").to(fr.chart("p q"), p="r*cos(2*t)", q="r*sin(2*t)")
    _traceless = _polar.pullback(_polar.target.form("dp^dq")).simplify()
    _entries = fr.chart("a b c")  # [a b; b c]
    _eigen = fr.chart("l m t").to(
        _entries, a="l*cos(t)^2 + m*sin(t)^2", b="(l - m)*sin(t)*cos(t)", c="l*sin(t)^2 + m*cos(t)^2"
    )
    _symmetric = _eigen.pullback(_entries.form("da^db^dc")).simplify()
    _full = fr.chart("a b c d")  # [a b; c d] = U(t) diag(l, m) V(u)'
    _svd = fr.chart("l m t u").to(
        _full,
        a="l*cos(t)*cos(u) + m*sin(t)*sin(u)",
        b="l*cos(t)*sin(u) - m*sin(t)*cos(u)",
        c="l*sin(t)*cos(u) - m*cos(t)*sin(u)",
        d="l*sin(t)*sin(u) + m*cos(t)*cos(u)",
    )
    _singular = _svd.pullback(_full.form("da^db^dc^dd")).simplify()
    mo.md(
        f"""
    | factorization | coordinates | volume element |
    | --- | --- | --- |
    | traceless symmetric, $[p\\ q;\\ q\\ -p]$ | $r$, $t$ | $dp\\wedge dq = {_traceless.latex()}$ |
    | symmetric, eigenvalues | $l$, $m$, $t$ | $da\\wedge db\\wedge dc = {_symmetric.latex()}$ |
    | any, singular values | $l$, $m$, angles $t$, $u$ | $da\\wedge db\\wedge dc\\wedge dd = {_singular.latex()}$ |

    The volume vanishes where eigenvalues (or singular values) meet: matrices with equal ones are rare, in a precise sense. In random matrices one sees it as repulsion of eigenvalues.
    For every size the same formulas hold as products over pairs: `prod(i<j, l_i - l_j)` and `prod(i<j, s_i^2 - s_j^2)`.
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Maps of the plane

    A Jacobian is local. The picture shows a grid and its image under $z \mapsto z^2$, that is $(x, y) \mapsto (x^2 - y^2, 2xy)$. The dark square is small, so its image is almost a
    parallelogram, and the parallelogram is the Jacobian's. For this map it is always a square again, turned and scaled: the Jacobian has the form $[a\ {-b};\ b\ a]$.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    px = mo.ui.slider(-1.0, 1.0, 0.1, value=0.6, label="x", show_value=True)
    py = mo.ui.slider(-1.0, 1.0, 0.1, value=0.4, label="y", show_value=True)
    mo.hstack([px, py], justify="start", wrap=True)
    return px, py


@app.cell(hide_code=True)
def _(fr, np, plane_map, px, py):
    def _square(v):
        return np.stack([v[0] ** 2 - v[1] ** 2, 2 * v[0] * v[1]])

    _at = np.array([px.value, py.value])
    plane_map(_square, fr.jacobian(_square)(_at), _at)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    Each asks for the Jacobian, the matrix that takes `vec(dX)` to `vec(df)`. `kron(A,B)` is the Kronecker product, `eye(n)` the identity, `commutation(m,n)` the permutation that
    takes `vec(X)` to `vec(X')`.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="The Jacobian of $A X B$ by $X$.",
            f="A*X*B",
            wrt="X",
            form="jacobian",
            solution="kron(B', A)",
            hint="It is the identity of this lesson.",
            worked="$\\operatorname{vec}(A\\,dX\\,B) = (B^\\top\\otimes A)\\operatorname{vec}(dX)$: `kron(B', A)`.",
            wrong={"-kron(B', A)": "sign", "2*kron(B', A)": "factor", "kron(A, B')": "stacks the rows"},
        ),
        Exercise(
            question="The Jacobian of $X^2$, for n×n matrices.",
            f="X^2",
            wrt="X",
            form="jacobian",
            solution="kron(eye(n), X) + kron(X', eye(n))",
            hint="$X\\,dX + dX\\,X$: write each as a product with the identity on one side.",
            worked="$X\\,dX\\,I$ gives `kron(eye(n), X)`, $I\\,dX\\,X$ gives `kron(X', eye(n))`.",
            wrong={
                "2*kron(eye(n), X)": "commute",
                "kron(eye(n), X) + kron(X, eye(n))": "transpose",
                "kron(eye(n), X)": "missing",
            },
            declared={"X": "matrix(n,n)"},
        ),
        Exercise(
            question="The Jacobian of $X^{-1}$.",
            f="inv(X)",
            wrt="X",
            form="jacobian",
            solution="-kron(inv(X)', inv(X))",
            hint="$-X^{-1}\\,dX\\,X^{-1}$.",
            worked="`-kron(inv(X)', inv(X))`; its determinant is $\\pm\\det(X)^{-2n}$.",
            wrong={
                "kron(inv(X)', inv(X))": "sign",
                "-kron(inv(X), inv(X))": "transpose",
                "-kron(inv(X), inv(X)')": "transpose",
            },
        ),
        Exercise(
            question="The Jacobian of the outer product $x y^\\top$ by $x$, where $x$ has m entries.",
            f="x*y'",
            wrt="x",
            form="jacobian",
            solution="kron(y, eye(m))",
            hint="$dx\\,y^\\top = I\\,dx\\,y^\\top$.",
            worked="$A = I$ and $B = y^\\top$ in the identity: `kron(y, eye(m))`.",
            wrong={"-kron(y, eye(m))": "sign", "2*kron(y, eye(m))": "factor", "kron(ones(n), eye(m))": "factor"},
            declared={"x": "vector(m)", "y": "vector(n)"},
        ),
        Exercise(
            question="The Jacobian of $X^\\top X$ by an m×n matrix $X$.",
            f="X'*X",
            wrt="X",
            form="jacobian",
            solution="kron(eye(n), X') + kron(X', eye(n))*commutation(m,n)",
            hint="The second term has $dX^\\top$ in it: $\\operatorname{vec}(dX^\\top) = K\\operatorname{vec}(dX)$.",
            worked="$X^\\top dX$ gives `kron(eye(n), X')`; $dX^\\top X$ gives `kron(X', eye(n))` on `vec(dX')`, which is `commutation(m,n)*vec(dX)`.",
            wrong={
                "2*kron(eye(n), X')": "a term and its transpose are not equal",
                "kron(eye(n), X')": "missing",
                "kron(eye(n), X') - kron(X', eye(n))*commutation(m,n)": "sign",
            },
            declared={"X": "matrix(m,n)"},
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
