"""What people do on the page, in a real browser: type, read, change a property, follow a link, check, copy code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import frechet.web

pytestmark = pytest.mark.slow
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make page installs axe")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
GALLERY = json.loads((Path(frechet.web.__file__).parent / "static" / "gallery.json").read_text(encoding="utf-8"))


def accessible(sheet) -> list[str]:
    found = axe.Axe().run(sheet.page, options=RULES).response["violations"]
    return [f"{v['id']}: {node['html'][:120]} {node['failureSummary'][:160]}" for v in found for node in v["nodes"]]


def test_the_first_visit_has_an_example_with_everything(sheet):
    sheet.open()
    sheet.wait_for_text("#verdict", "proved")
    assert sheet.gradient() == "2*A'*(A*x - y)"
    assert sheet.page.locator("#steps li").count() >= 3
    assert "A matrix m×n, x vector n, y vector m" in sheet.page.text_content("#reading")
    sheet.picture("first")
    assert accessible(sheet) == []
    assert sheet.fits()


def test_type_and_read_the_result(sheet):
    sheet.open()
    sheet.type("#formula", "logdet(X'*X)")
    sheet.wait_for_text("#assumptions", "X'*X is invertible")
    sheet.answered()
    assert sheet.gradient() == "2*X*inv(X'*X)"
    assert "f=logdet(X'*X)" in sheet.page.url


def test_the_example_of_another_variable_and_a_property(sheet):
    sheet.open("#f=tr(A*S)&by=S")
    assert sheet.gradient() == "A'"
    sheet.page.select_option('[aria-label="property of S"]', "symmetric")
    sheet.page.wait_for_function("() => location.hash.includes('S=symmetric')")
    sheet.wait_for_text("#reading", "symmetric")
    sheet.answered()
    assert sheet.gradient() == "sym(A)"
    sheet.page.check('[aria-label="by A"]')
    sheet.wait_for_text("#results", "S")
    sheet.answered()
    assert sheet.gradient() == "S"
    sheet.page.go_back()
    sheet.page.wait_for_function("() => document.querySelector('[aria-label=\"by S\"]').checked")


def test_a_unit_vector(sheet):
    sheet.open("#f=x'*S*x&by=x&S=symmetric(n)")
    sheet.page.select_option('[aria-label="property of x"]', "unit")
    sheet.wait_for_text("#reading", "x unit vector")
    sheet.answered()
    assert sheet.gradient() == "2*(S*x - (x'*S*x)*x)"


def test_by_several_letters(sheet):
    sheet.open()
    sheet.page.click("#several")
    sheet.page.check('[aria-label="by A"]')
    sheet.page.wait_for_function("() => document.querySelectorAll('#results .result').length === 2")
    sheet.answered()
    assert sheet.gradient() == "2*(A*x - y)*x'"
    assert "by=A,x" in sheet.page.url
    sheet.type("#mine", "2*(A*x-y)'*(dA*x + A*dx)")
    sheet.page.wait_for_selector("#judgement .right", timeout=20_000)
    sheet.page.click("#several")
    sheet.page.wait_for_function("() => document.querySelectorAll('#results .result').length === 1")
    assert sheet.page.get_attribute('[aria-label="by A"]', "type") == "radio"


def test_what_is_too_wide_gets_names(sheet):
    sheet.open(
        "#f=log(w1*det(S1)^-0.5*exp(-(x-u1)'*inv(S1)*(x-u1)) %2B w2*det(S2)^-0.5*exp(-(x-u2)'*inv(S2)*(x-u2)))&by=S1"
    )
    assert sheet.page.locator("#results .where").count() >= 2
    beyond = "(line => line.scrollWidth - line.clientWidth)(document.querySelector('#results .math'))"
    assert sheet.page.evaluate(beyond) <= (0 if sheet.width == 1000 else sheet.width)
    assert accessible(sheet) == []
    assert sheet.fits()


def test_a_proof_comes_with_the_answer_and_a_comparison_after_it(sheet):
    asked: list[str] = []
    sheet.page.on("request", lambda r: asked.append(r.url.rsplit("/", 1)[-1]))
    sheet.open()
    sheet.wait_for_text("#verdict", "proved")
    assert "verdict" not in asked
    sheet.open("#f=tr(A*expm(X))&by=X")
    sheet.wait_for_text("#verdict", "compared")
    assert "verdict" in asked


def test_a_link_has_the_whole_state(sheet):
    sheet.open("#f=x'*S*x&by=x&form=hessian&mine=S%2BS'&S=spd(n)")
    sheet.wait_for_text("#results", "Hessian")
    assert sheet.page.is_checked("[name=form][value=hessian]")
    assert sheet.page.input_value('[aria-label="property of S"]') == "spd"
    sheet.page.wait_for_selector("#judgement .right", timeout=20_000)


def test_a_wrong_formula_is_told_what_is_wrong_and_put_right(sheet):
    sheet.open("#f=norm2(A*x-y)^2&by=x")
    sheet.type("#mine", "A'*(A*x-y)")
    sheet.page.wait_for_selector("#judgement .wrong", timeout=20_000)
    assert "Counterexample" in sheet.page.text_content("#judgement")
    sheet.picture("mine")
    assert accessible(sheet) == []
    assert sheet.fits()
    sheet.page.click("#judgement button >> nth=0")
    sheet.page.wait_for_selector("#judgement .right", timeout=20_000)
    assert sheet.page.input_value("#mine") == "2*A'*(A*x - y)"


def test_notes_on_the_formula_and_on_the_claim_stand_once(sheet):
    sheet.open("#f=norm2(A*x - b)^2&by=x&mine=A'*(A*x - b)")
    sheet.page.wait_for_selector("#judgement .wrong", timeout=20_000)
    assert sheet.page.text_content("main").count("b is read as a vector") == 1


def test_copied_code_runs(sheet):
    sheet.open("#f=norm2(A*x-y)^2&by=x")
    sheet.page.click("[data-target=numpy]")
    sheet.page.wait_for_selector("#copy-code:not([hidden])")
    sheet.page.click("#copy-code")
    space: dict = {}
    exec(sheet.copied(), space)
    import numpy as np

    A, x, y = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]), np.array([1.0, -1.0]), np.zeros(3)
    value, gradient = space["function"](A=A, x=x, y=y)
    assert float(value) == pytest.approx(3.0)
    assert gradient == pytest.approx(2 * A.T @ (A @ x))


def test_an_error_is_marked_at_its_place_and_a_click_mends_it(sheet):
    sheet.open()
    sheet.type("#formula", "tr(X) + logdt(X) + 1")
    sheet.page.wait_for_selector(".mirror mark.wrong")
    assert sheet.page.text_content(".mirror mark.wrong") == "logdt"
    assert sheet.page.locator("#results .result").count(), "the old answer stays"
    sheet.picture("error")
    sheet.page.click("#fault button")
    sheet.page.wait_for_function("() => document.querySelector('#formula').value === 'tr(X) + logdet(X) + 1'")
    sheet.answered()
    assert "inv" in sheet.gradient()


def test_what_is_being_typed_is_no_error_yet(sheet):
    sheet.open()
    sheet.type("#formula", "tr(X*(")
    sheet.page.wait_for_selector(".fault.pending p")
    assert sheet.page.locator(".mirror mark.wrong").count() == 0


def test_functions_are_completed(sheet):
    sheet.open()
    sheet.page.wait_for_timeout(500)
    sheet.type("#formula", "logd")
    sheet.page.wait_for_selector("#completions li")
    sheet.page.keyboard.press("Tab")
    sheet.page.keyboard.type("X)")
    assert sheet.page.input_value("#formula") == "logdet(X)"


def test_sizes_under_the_pointer_and_by_the_keyboard(sheet):
    sheet.open()
    sheet.page.hover("#typeset [data-s='6-7']")
    assert sheet.page.text_content("#part") == "A is m×n; A*x is a vector of m"
    assert sheet.page.text_content(".mirror mark.part") == "A"
    sheet.page.mouse.move(0, 0)
    sheet.page.focus("#typeset")
    sheet.page.keyboard.press("ArrowDown")
    assert "a number" in sheet.page.text_content("#part")
    sheet.page.keyboard.press("Enter")
    assert sheet.page.evaluate("getSelection().toString() || document.activeElement.id") in (
        "formula",
        "norm2(A*x - y)^2",
    )


def test_no_place_is_marked_while_the_formula_is_no_longer_the_one_that_was_read(sheet):
    sheet.open()
    sheet.type("#formula", "norm2(B*(x - ")
    sheet.page.wait_for_selector(".fault.pending p")
    sheet.page.hover("#typeset [data-s='6-7']")
    assert sheet.page.text_content("#part") == "m×n"
    assert sheet.page.locator(".mirror mark.part").count() == 0


def test_sums_of_sizes_stand_in_parentheses_and_letters_are_typeset(sheet):
    sheet.open("#f=[A B]/lambda&by=A")
    assert "(n + p)" in sheet.page.text_content("#results .size sup")
    assert "λ" in sheet.page.text_content("#letters")


def test_a_wide_step_has_its_rule_below(sheet):
    sheet.open("#f=-y'*log(softmax(W*x)) %2B lambda*norm2(W)^2&by=W")
    sheet.page.wait_for_selector("#steps .wide")
    cut = "[...document.querySelectorAll('#steps .rightside')].filter(r => r.lastChild.scrollWidth > r.lastChild.clientWidth + 1).length"
    assert sheet.page.evaluate(cut) == 0 or sheet.width < 1000
    assert sheet.fits()


def test_on_paper_stands_what_was_worked_out(sheet):
    sheet.open()
    sheet.page.emulate_media(media="print")
    assert not sheet.page.is_visible("#mine")
    assert not sheet.page.is_visible("#code")
    assert not sheet.page.is_visible("header")
    assert sheet.page.is_visible("#steps")
    sheet.picture("paper")


def test_keys(sheet):
    sheet.open()
    sheet.page.keyboard.press("/")
    assert sheet.page.evaluate("document.activeElement.id") == "formula"
    sheet.page.keyboard.press("Alt+2")
    sheet.wait_for_text("#results .title", "d")
    assert sheet.page.is_checked("[name=form][value=differential]")
    sheet.page.evaluate("document.activeElement.blur()")
    sheet.page.keyboard.press("?")
    assert sheet.page.is_visible("#keys")


def test_a_derived_formula_is_in_the_history(sheet):
    sheet.open()
    sheet.type("#formula", "x'*x")
    sheet.page.keyboard.press("Enter")
    sheet.page.wait_for_function("() => localStorage.getItem('frechet.history')?.includes('x')")
    sheet.page.click("[data-opens=history]")
    assert sheet.page.text_content("#history li a") == "x'*x"


def test_long_links_are_packed_and_come_back(sheet):
    sheet.open()
    state = {
        "f": "x'*x + y'*z_1%",
        "by": "x",
        "form": "",
        "mine": "2*x + &#" * 200,
        "declared": {"f": "scalar", "S": "spd(n)"},
    }
    hash, back = sheet.page.evaluate(
        "async (s) => { const m = await import('/static/state.js'); const h = await m.hashOf(s); return [h, await m.stateOf(h)]; }",
        state,
    )
    assert hash.startswith("#z=")
    assert len(hash) < 300
    assert back == state
    short = {**state, "mine": "S & x"}
    assert short == sheet.page.evaluate(
        "async (s) => { const m = await import('/static/state.js'); return m.stateOf(await m.hashOf(s)); }", short
    )


def test_latex_is_read(sheet):
    sheet.open()
    sheet.page.fill("#formula", r"\log\det(X^\top X)")
    sheet.wait_for_text("#assumptions", "X'*X is invertible")


def test_panels_dialogs_and_both_colours(sheet):
    sheet.open("#f=sum(exp(A*x))&by=x")
    for panel in ("graph", "picture", "numbers"):
        sheet.page.click(f"#{panel} summary")
    sheet.page.wait_for_selector("#graph table")
    sheet.page.wait_for_selector("#picture img")
    sheet.page.wait_for_selector("#numbers .found code")
    sheet.page.click("#theme")
    sheet.page.click("#theme")
    sheet.picture("dark")
    assert accessible(sheet) == []
    for dialog in ("gallery", "rules", "history", "keys"):
        sheet.page.click(f"[data-opens={dialog}]")
        sheet.page.wait_for_selector(f"#{dialog}[open]")
        if dialog == "rules":
            sheet.page.fill("#search", "logdet")
            sheet.wait_for_text("#found", "logdet(A)")
            sheet.page.fill("#search", "trace")
            sheet.wait_for_text("#found h3", "tr(A)")
        assert accessible(sheet) == []
        sheet.picture(dialog)
        if dialog == "rules":
            sheet.page.keyboard.press("Escape")  # empties the search first
        sheet.page.keyboard.press("Escape")
    assert sheet.fits()


def test_the_gallery_derives(browser, server):
    from tests.web.page.conftest import Sheet

    sheet = Sheet(browser, server.url, 1000)
    for k, entry in enumerate(GALLERY):
        sheet.open()
        sheet.page.click("[data-opens=gallery]")
        sheet.page.click(f"#gallery li >> nth={k} >> a")
        sheet.page.wait_for_function("t => document.querySelector('#formula').value === t", arg=entry["f"])
        sheet.answered()
        sheet.page.wait_for_selector("#verdict.right", timeout=20_000)
        assert sheet.fits(), entry["title"]
    sheet.context.close()
    assert sheet.faults == []


def test_nothing_scrolls_sideways_at_320_pixels(browser, server):
    from tests.web.page.conftest import Sheet

    sheet = Sheet(browser, server.url, 320)
    for link in ("", "#f=logdet(X'*X)%2Btr(A*X)%2Bnorm2(X)^2%2Bsum(exp(X))%2Btr(B'*X*C*X')&by=X&mine=X"):
        sheet.open(link)
        sheet.page.wait_for_selector("#verdict[class]:not([class=''])", timeout=20_000)
        sheet.page.click("[data-target=numpy]")
        sheet.page.wait_for_selector("#source:not([hidden])")
        assert sheet.fits(), link
    sheet.picture("narrow")
    sheet.context.close()
    assert sheet.faults == []


def test_the_documentation_of_the_interface(sheet):
    sheet.page.goto(f"{sheet.url}/api")
    assert sheet.page.locator("h3").count() > 20
    assert accessible(sheet) == []
    assert sheet.fits()
    sheet.picture("api")
