"""The scripts in a real Chromium under the strict policy: nothing blocked, nothing lost, nothing sent twice."""

import gzip
import re
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from csp.constants import NONE, SELF
from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from playwright.sync_api import expect, sync_playwright

from shegong.ui.tests import pages

pytestmark = pytest.mark.browser
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--lang=zh-CN",
]
POLICY = {
    "default-src": [NONE], "script-src": [SELF], "style-src": [SELF], "img-src": [SELF, "data:"], "connect-src": [SELF], "font-src": [SELF],
    "frame-ancestors": [NONE], "form-action": [SELF], "base-uri": [NONE], "require-trusted-types-for": ["'script'"], "trusted-types": ["default"],
}  # fmt: skip


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    assert find("ui/app.js"), "the front end is not built: run `npm ci && npm run build`"
    middleware = ["csp.middleware.CSPMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
    with override_settings(
        ROOT_URLCONF=pages, MIDDLEWARE=middleware, CONTENT_SECURITY_POLICY={"DIRECTIVES": POLICY}, LANGUAGE_CODE="en"
    ):
        server = make_server("127.0.0.1", 0, StaticFilesHandler(WSGIHandler()), Threaded, Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium, address):
    pages.RECEIVED.clear()
    context = chromium.new_context(base_url=address, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda line: page.troubles.append(line.text) if line.type == "error" else None)
    return page


def offline_form(context, address):
    context.add_cookies([{"name": "offline", "value": "1", "url": address}])


def stored(page, store):
    return page.evaluate(
        """(store) => new Promise((done) => { const open = indexedDB.open("shegong", 1); open.onsuccess = () => {
        const all = open.result.transaction(store).objectStore(store).getAll(); all.onsuccess = () => done(all.result.length); }; })""",
        store,
    )


@pytest.mark.parametrize("width", [1440, 1366, 390])
def test_the_gallery_runs_under_the_policy_and_fits(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    expect(page.locator("[data-chart-place] svg")).to_have_count(2)
    assert page.troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_touch_targets_are_big_enough_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .btn, .sg-bottom a, summary.sg-top-button, .sg-stars-row label, .form-control, .form-select")]
        .filter((e) => e.checkVisibility() && !e.closest(".sg-skip")).map((e) => [e.className, e.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5)).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    )
    assert small == []


CONTRAST = """() => {
  const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const parse = (text) => { // whatever notation the browser answers in: oklab, color(), rgb
    brush.clearRect(0, 0, 1, 1); brush.fillStyle = text; brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data; return { r, g, b, a: a / 255 }; };
  const light = ({ r, g, b }) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (let n = e; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor); if (c.a === 1) return c; } return { r: 255, g: 255, b: 255 }; };
  const weak = [];
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || e.closest("svg, [disabled], .sg-skip") || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(style.color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) weak.push(`${e.className || e.tagName} ${e.textContent.trim().slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return weak; }"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/form/"])
def test_text_stands_out_from_its_ground(page, theme, path):
    page.emulate_media(color_scheme=theme)
    page.goto(path)
    assert page.get_attribute("html", "data-bs-theme") == theme
    assert page.evaluate(CONTRAST) == []


def test_first_page_is_light(page):
    packed = {}
    page.on(
        "response",
        lambda answer: packed.__setitem__(answer.url.rsplit("/", 1)[1], len(gzip.compress(answer.body(), 9))),
    )
    page.goto("/form/", wait_until="networkidle")
    assert sum(packed.values()) <= 60_000, packed
    assert not any("charts" in name for name in packed)


def test_keyboard(page):
    page.goto("/")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr.is-current")).to_contain_text("SG-2026-000001")
    page.keyboard.press("k")
    expect(page.locator("tr.is-current")).to_contain_text("SG-2026-000000")
    page.keyboard.press("?")
    expect(page.locator("#sg-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sg-help")).to_be_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('[data-search]')")


def test_a_draft_comes_back_without_its_secret_fields(page):
    page.goto("/form/")
    page.fill("[name=name]", "unsent words")
    page.fill("[name=id_number]", "44010119900101001x")
    page.wait_for_timeout(2500)
    assert stored(page, "drafts") == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/form/")
    page.click(".sg-notice button")
    assert page.input_value("[name=name]") == "unsent words"
    assert page.input_value("[name=id_number]") == ""


def test_a_draft_is_sealed_and_its_key_cannot_leave(page):
    page.goto("/form/")
    page.fill("[name=name]", "unsent words")
    page.wait_for_timeout(2500)
    found = page.evaluate(
        """() => new Promise((done) => { const open = indexedDB.open("shegong", 1); open.onsuccess = async () => {
        const get = (name) => new Promise((ok) => { const all = open.result.transaction(name).objectStore(name).getAll(); all.onsuccess = () => ok(all.result); });
        const [draft] = await get("drafts"); const [held] = await get("keys");
        const bytes = new TextDecoder("latin1").decode(draft.sealed);
        let exported = true; try { await crypto.subtle.exportKey("raw", held.key); } catch { exported = false; }
        done({ plain: bytes.includes("unsent"), extractable: held.key.extractable, exported }); }; })"""
    )
    assert found == {"plain": False, "extractable": False, "exported": False}


def test_another_person_on_this_browser_finds_nothing(page, context, address):
    page.goto("/form/")
    page.fill("[name=name]", "unsent words")
    page.wait_for_timeout(2500)
    page.on("dialog", lambda dialog: dialog.accept())
    context.add_cookies([{"name": "who", "value": "u2", "url": address}])
    page.goto("/form/")
    page.wait_for_timeout(500)
    assert stored(page, "drafts") == 0
    expect(page.locator(".sg-notice")).to_have_count(0)


def test_signing_out_wipes_drafts(page):
    page.goto("/form/")
    page.fill("[name=name]", "unsent words")
    page.wait_for_timeout(2500)
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#out")
    page.wait_for_url("**/out/")
    assert stored(page, "drafts") == 0
    assert stored(page, "keys") == 0


def test_leaving_with_unsent_text_asks(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/form/")
    page.fill("[name=name]", "x")
    page.goto("/done/")
    assert asked == ["beforeunload"]


def test_ids_and_money_are_grouped_on_screen_and_plain_when_sent(page):
    page.goto("/form/")
    page.fill("[name=name]", "x")
    page.type("[name=id_number]", "44010119900101001x")
    page.fill("[name=amount]", "1234567.8")
    page.focus("[name=name]")
    assert page.input_value("[name=id_number]") == "440101 19900101 001X"
    assert page.input_value("[name=amount]") == "1,234,567.80"
    page.click("#the-form button[type=submit]")
    page.wait_for_url("**/done/")
    (received,) = pages.RECEIVED
    assert (received["id_number"], received["amount"]) == ("44010119900101001X", "1234567.80")


def test_a_double_click_sends_once(page):
    page.goto("/form/")
    page.fill("[name=name]", "x")
    page.evaluate("() => { const b = document.querySelector('#the-form button[type=submit]'); b.click(); b.click(); }")
    page.wait_for_url("**/done/")
    assert len(pages.RECEIVED) == 1


def test_without_signal_an_entry_waits_and_is_sent_once_with_the_same_key(page, context, address):
    offline_form(context, address)
    page.goto("/form/")
    page.fill("[name=name]", "from the tunnel")
    key = page.input_value("[name=idempotency_key]")
    context.set_offline(True)
    page.click("#the-form button[type=submit]")
    expect(page.locator("#sg-outbox")).to_contain_text("1")
    assert page.input_value("[name=idempotency_key]") != key, "the next entry needs a key of its own"
    assert page.input_value("[name=name]") == ""
    context.set_offline(False)
    expect(page.locator("#sg-outbox")).to_have_count(0)
    (received,) = pages.RECEIVED
    assert (received["name"], received["idempotency_key"]) == ("from the tunnel", key)


def test_without_signal_secret_text_is_not_kept_on_the_device(page, context, address):
    offline_form(context, address)
    page.goto("/form/")
    page.fill("[name=name]", "x")
    page.fill("[name=id_number]", "44010119900101001x")
    context.set_offline(True)
    page.click("#the-form button[type=submit]")
    expect(page.locator(".sg-toast-bad")).to_be_visible()
    assert stored(page, "outbox") == 0
    assert page.input_value("[name=name]") == "x", "what was typed stays on the page"


def test_an_offline_form_shows_the_servers_errors_in_place(page, context, address):
    offline_form(context, address)
    page.goto("/form/")
    page.fill("[name=amount]", "5")
    page.click("#the-form button[type=submit]")
    expect(page.locator("#the-form [aria-invalid=true]")).to_be_focused()
    page.fill("[name=name]", "mended")
    page.click("#the-form button[type=submit]")
    page.wait_for_url("**/done/")
    assert len(pages.RECEIVED) == 1


def test_a_deed_opens_in_the_panel_shows_errors_and_ends(page):
    page.goto("/form/")
    page.click("#deed-link")
    expect(page.locator("#sg-panel")).to_be_visible()
    page.click("#panel-body button[type=submit]")
    expect(page.locator("#panel-body [aria-invalid=true]")).to_be_focused()
    page.fill("#panel-body [name=name]", "break")
    page.click("#panel-body button[type=submit]")
    expect(page.locator(".sg-toast-bad")).to_contain_text("7K3M9QTX")
    page.fill("#panel-body [name=name]", "good")
    page.click("#panel-body button[type=submit]")
    page.wait_for_url("**/done/")
    assert [each["name"] for each in pages.RECEIVED] == ["good"]


def test_a_conflict_shows_both_versions_in_the_panel(page):
    page.goto("/form/")
    page.click("#deed-link")
    page.fill("#panel-body [name=name]", "changed")
    page.click("#panel-body button[type=submit]")
    expect(page.locator("#panel-body .sg-versions")).to_contain_text("139****0000")


def test_closing_the_panel_with_unsent_text_asks(page):
    answers = iter(["dismiss", "accept"])
    page.on("dialog", lambda dialog: getattr(dialog, next(answers))())
    page.goto("/form/")
    page.click("#deed-link")
    page.type("#panel-body [name=name]", "x")
    page.click("[data-close-panel] >> nth=0")
    expect(page.locator("#sg-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sg-panel")).to_be_hidden()


def test_columns_and_text_size_are_remembered(page):
    page.goto("/")
    page.click(".sg-table-tools summary")
    page.uncheck("[data-column-of][value=org]")
    expect(page.locator("td[data-col=org]").first).to_be_hidden()
    page.evaluate("document.querySelector('[data-set-text]').click()")
    page.goto("/")
    expect(page.locator("td[data-col=org]").first).to_be_hidden()
    assert page.get_attribute("html", "data-text") == "large"


def test_selection_shows_the_bulk_bar(page):
    page.goto("/")
    expect(page.locator("#gallery_list-bulk")).to_be_hidden()
    page.check("[data-select-all]")
    expect(page.locator("#gallery_list-bulk")).to_contain_text("4")
    page.click("[data-clear-selection]")
    expect(page.locator("#gallery_list-bulk")).to_be_hidden()


def test_core_forms_work_without_scripts(chromium, address):
    pages.RECEIVED.clear()
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/form/")
    page.fill("[name=name]", "plain")
    page.click("#the-form button[type=submit]")
    page.wait_for_url("**/done/")
    assert re.fullmatch(r"[0-9a-f-]{36}", pages.RECEIVED[0]["idempotency_key"])
    context.close()
