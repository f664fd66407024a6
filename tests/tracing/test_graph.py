"""The computational graph: its numbers are those of the function and its gradient, its picture can be read."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import frechet as fr
from frechet.errors import FrechetError, LimitError
from frechet.tracing.picture.layout import Layout

RNG = np.random.default_rng(4)
W0, W1, X0 = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2)), RNG.standard_normal((5, 4))


def network(W, X):
    H = np.tanh(X @ W["a"] + 0.5)
    S = H @ W["b"]
    S = S - np.max(S, axis=1, keepdims=True)
    return -np.sum((S - np.log(np.sum(np.exp(S), axis=1, keepdims=True)))[:, 0] ** 2) / len(X)


GRAPH = fr.graph(network, {"a": W0, "b": W1}, X0)


def _vertex(graph, name):
    return next(v for v in graph.vertices if v.name == name)


def _edges(graph):
    return {(graph.vertices[e.source].name, graph.vertices[e.target].name): e.text for e in graph.edges if e.is_active}


def test_both_sweeps_of_code():
    value, g = fr.value_and_gradient(network)({"a": W0, "b": W1}, X0)
    assert GRAPH.vertices[-1].value == pytest.approx(value)
    assert GRAPH.vertices[-1].adjoint == 1
    assert np.allclose(_vertex(GRAPH, "W['a']").adjoint, g["a"])
    assert np.allclose(_vertex(GRAPH, "W['b']").adjoint, g["b"])
    assert _vertex(GRAPH, "X").kind == "constant"
    assert _vertex(GRAPH, "v1").text == "X @ W['a']"
    assert _vertex(GRAPH, "v1").size == "5×3"
    assert np.allclose(_vertex(GRAPH, "v1").value, X0 @ W0)


def test_local_derivatives_stand_on_the_edges():
    edges = _edges(fr.graph(lambda x: x[0] * np.sin(x[1]) / x[0] ** 2, np.array([2.0, 3.0])))
    assert edges["v2", "v3"] == "dv2*cos(v2)"
    assert edges["v3", "v4"] == "v1*dv3"
    assert edges["v5", "v6"] == "dv5*2*v5"
    assert edges["v4", "v7"] == "dv4/v6"
    assert _edges(GRAPH)["v2", "v3"] == "dv2*(1 - v3**2)"


def test_the_picture_is_a_document_and_nothing_covers_anything():
    root = ElementTree.fromstring(GRAPH._repr_svg_())
    texts = {t.text for t in root.iter() if t.tag.endswith("text")}
    assert {"v1 = X @ W['a']", "5×3", "dv2*(1 - v3**2)"} <= texts
    boxes = [b for b in Layout(GRAPH.vertices, GRAPH.edges).boxes if b.kind != "bend"]
    assert len(GRAPH.vertices) > 15
    for k, a in enumerate(boxes):
        for b in boxes[:k]:
            apart = abs(a.x - b.x) >= (a.width + b.width) / 2 or abs(a.y - b.y) >= (a.height + b.height) / 2
            assert apart, (a, b)


def test_a_file_and_a_table(tmp_path):
    GRAPH.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == GRAPH.svg
    assert "v1 = X @ W['a']  5×3  value" in str(GRAPH)
    assert "dv2 = dv1    by v1" in str(GRAPH)


def test_formulas_without_numbers():
    graph = fr.graph("logdet(X'*A*X) + c", A="spd(m)")
    assert [(v.name, v.text, v.size) for v in graph.vertices] == [
        ("X", "", "m×n"),
        ("A", "", "m×m"),
        ("v1", "Xᵀ·A·X", "n×n"),
        ("v2", "logdet(v1)", "number"),
        ("c", "", "number"),
        ("v3", "v2 + c", "number"),
    ]
    assert _edges(graph)["v1", "v2"] == "tr(dv1·v1⁻¹)"
    assert _edges(graph)["A", "v1"] == "Xᵀ·dA·X"
    assert all(v.value is None and v.adjoint is None for v in graph.vertices)
    assert [v.kind for v in fr.graph("x'*A*x", wrt="x").vertices] == ["input", "constant", "operation"]


def test_both_sweeps_of_formulas():
    f = fr.parse("logdet(X'*X) + sum(exp(X*w).^2)/3 + tr(X'*X)")
    w0 = RNG.standard_normal(3)
    graph = fr.graph(f, X=W0, w=w0)
    for name in ("X", "w"):
        G = fr.gradient(f, name).compile("numpy")(X=W0, w=w0)
        assert np.allclose(_vertex(graph, name).adjoint, G.reshape(len(G), -1))
    assert float(graph.vertices[-1].value[0, 0]) == pytest.approx(float(fr.compile(f)(X=W0, w=w0)))


def test_code_without_numbers_is_shown_as_its_formula():
    graph = fr.graph(lambda X, y: np.sum((X @ y) ** 2), X="matrix(m,n)", y="vector(n)")
    assert graph.vertices[-1].text == "sum(v2)"
    with pytest.raises(FrechetError, match=r"every function has a graph: fr.graph\(f, x0\)"):
        fr.graph(lambda x: np.fft.fft(x)[0])


def test_what_nobody_can_read_is_refused():
    with pytest.raises(LimitError, match="at most 150"):
        fr.graph(lambda x: np.sum([np.sin(k * x) for k in range(200)]), 1.0)
    with pytest.raises(FrechetError, match="does not depend"):
        fr.graph(lambda x: 3.0, 1.0)
    with pytest.raises(FrechetError, match="b has no numbers"):
        fr.graph("a*b", a=1.0)
    with pytest.raises(FrechetError, match="z does not occur"):
        fr.graph("a*b", z=1.0)


def test_a_small_graph_is_not_as_wide_as_its_notes():
    root = ElementTree.fromstring(fr.graph(lambda x: np.sin(x) * x, 2.0).svg)
    assert float(root.get("width")) < 400
    lines = [t.text for t in root.iter() if t.tag.endswith("text")]
    assert "blue: the forward sweep, values · red: the" in lines
