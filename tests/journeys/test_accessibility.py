"""WCAG 2.2 AA: axe finds nothing on any page, at an office PC and on a phone, in light and dark, for whoever works there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
pytestmark = [pytest.mark.browser, pytest.mark.slow]

# One thing of every kind, printed with its key and with the keys of the organisations.
FILL = """
import json, django; django.setup()
from django.db import transaction
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import everything
from tests import world
with everything():
    made = world.build()
keys = {code: str(thing.pk) for code, thing in made.things.items()}
print(json.dumps(keys | {o.code: str(o.pk) for o in Org.objects.all()}))
"""


@pytest.fixture(scope="module")
def keys(house) -> dict[str, str]:
    env = {**os.environ, "SHEGONG_DATABASE_URL": house.server.url(house.name), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", FILL], env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Who looks at what; ``{kind}`` and ``{org}`` stand for keys.
PAGES = {
    "": ["/sign-in", "/rate", "/rate/ABCD-EFGH"],
    "town_worker": [
        "/", "/cases", "/cases?q=%E6%AC%A0%E8%96%AA", "/cases/new", "/cases/{casework.case}", "/cases/{casework.case}/readers",
        "/cases/{casework.case}/print", "/needs", "/needs/{casework.urgent_need}", "/referrals", "/referrals/{casework.referral}",
        "/resources", "/resources/{casework.resource}", "/promises/{casework.promise}", "/people", "/people?q=%E6%AC%A7%E9%98%B3",
        "/people/{registry.person}", "/people/duplicates", "/people/{registry.person}/merge/{other_person}", "/employers",
        "/employers/{registry.employer}", "/organisations", "/organisations/{town}", "/imports", "/imports/new", "/inbox", "/me",
        "/me/password", "/search?q=%E9%87%91%E4%B8%9D", "/dashboard", "/reports", "/figures/casework.registered",
        "/figures/casework.registered/entries", "/why/casework.case/{casework.case}", "/nowhere",
    ],
    "county_clerk": ["/", "/dashboard", "/cases/{casework.case}", "/legal-aid", "/legal-aid/{casework.legal_aid}", "/trail"],
    "province_officer": ["/", "/dashboard", "/cases", "/cases/{casework.case}"],
    "partner": ["/", "/referrals", "/referrals/{casework.referral}"],
    "worker": ["/", "/ask", "/cases/{casework.case}", "/needs/{casework.urgent_need}"],
    "security_admin": ["/accounts", "/posts", "/do/registry.account.open/{province}"],
    "system_admin": ["/organisations", "/do/registry.org.found/{province}"],
    "audit_admin": ["/trail", "/trail/verify"],
}  # fmt: skip
DEEDS = {
    "town_worker": [
        "casework.case.create/{town}", "casework.case.consult/{town}", "registry.person.register/{town}",
        "registry.employer.register/{town}", "casework.urgent_need.raise/{town}", "casework.resource.offer/{town}",
        "casework.case.log/{casework.case}", "casework.case.plan_need/{casework.case}", "casework.case.evaluate/{casework.case}",
        "casework.case.add_document/{casework.case}", "casework.case.refer/{casework.case}", "casework.case.promise/{casework.case}",
        "casework.case.submit_closure/{casework.case}", "casework.case.escalate/{casework.case}",
        "casework.case.set_risk/{casework.case}", "casework.case.suspend/{casework.case}",
        "casework.case.break_glass/{casework.case}",
    ],
    "county_clerk": ["casework.case.assign/{casework.case}", "casework.case.reassign/{casework.case}"],
    "partner": ["casework.referral.accept/{casework.referral}"],
    "worker": ["casework.urgent_need.raise/{town}", "casework.case.request/{town}"],
}  # fmt: skip


class Checked:
    """A window in which every page is held against axe; ``wrong`` gathers what it finds, in words."""

    def __init__(self, browser: Any, house: Any, keys: dict[str, str], wide: int, scheme: str = "light") -> None:
        self.house, self.keys, self.wide = house, keys, wide
        self.wrong: list[str] = []
        self.context = browser.new_context(
            viewport={"width": wide, "height": 900}, locale="zh-CN", has_touch=wide < 600, color_scheme=scheme,
            reduced_motion="reduce", bypass_csp=True,
        )  # fmt: skip
        self.page: Page = self.context.new_page()

    def sign_in(self, account: str) -> None:
        self.context.clear_cookies()
        if account:
            self.page.goto(self.house.url + "/sign-in")
            self.page.fill("[name=username]", account)
            self.page.fill("[name=password]", f"demo-{account}")
            self.page.press("[name=password]", "Enter")
            self.page.wait_for_url(lambda url: "sign-in" not in url)

    def go(self, path: str) -> int:
        for key, value in self.keys.items():
            path = path.replace("{" + key + "}", value)
        answer = self.page.goto(self.house.url + path)
        self.check(path)
        return answer.status if answer else 0

    def check(self, name: str) -> None:
        self.page.evaluate(AXE.read_text() + "; undefined")
        found = self.page.evaluate("rules => axe.run(document, rules)", RULES)
        for violation in found["violations"]:
            for node in violation["nodes"]:
                why = "; ".join(c["message"] for c in (*node["any"], *node["all"], *node["none"]))
                self.wrong.append(f"{self.wide} {name}: {violation['id']} {node['target']} {node['html'][:160]} — {why}")


@pytest.fixture
def checked(browser, house, keys) -> Iterator[Any]:
    opened: list[Checked] = []

    def open_window(wide: int, scheme: str = "light") -> Checked:
        opened.append(Checked(browser, house, keys, wide, scheme))
        return opened[-1]

    yield open_window
    for window in opened:
        window.context.close()


def _all_of(window: Checked, accounts: dict[str, list[str]], prefix: str = "") -> None:
    faults = []
    for account, paths in accounts.items():
        window.sign_in(account)
        for path in paths:
            status = window.go(prefix + path)
            if status >= 500 or (status in (403, 404) and prefix):
                faults.append(f"{account} {prefix}{path}: {status}")
    assert not faults, faults
    assert not window.wrong, f"{len(window.wrong)} found:\n" + "\n".join(dict.fromkeys(window.wrong))


@pytest.mark.parametrize("wide", [1440, 390])
def test_axe_finds_nothing_on_any_page(checked, wide):
    _all_of(checked(wide), PAGES)


@pytest.mark.parametrize("wide", [1440, 390])
def test_axe_finds_nothing_on_the_pages_of_deeds(checked, wide):
    _all_of(checked(wide), DEEDS, "/do/")


@pytest.mark.parametrize("wide", [1440, 390])
def test_axe_finds_nothing_on_forms_with_errors_and_in_the_side_panel(checked, wide, keys):
    window = checked(wide)
    window.sign_in("town_worker")
    for deed in ("casework.case.create/{town}", "casework.case.log/{casework.case}"):
        window.go("/do/" + deed)
        window.page.locator("main form.sg-formular button[type=submit]").first.click()
        window.page.locator(".sg-field-error").first.wait_for()
        window.check(deed + " with errors")
    window.go("/cases/{casework.case}")
    window.page.locator(".sg-why").first.click()
    window.page.locator("#panel-body #deed").wait_for()
    window.check("panel")
    assert not window.wrong, "\n".join(window.wrong)


def test_axe_finds_nothing_in_the_dark(checked):
    _all_of(checked(1440, "dark"), {"": ["/sign-in"], "town_worker": ["/", "/cases", "/cases/{casework.case}", "/cases/new", "/dashboard", "/me"]})


def test_axe_would_find_something(checked):
    """The tool is at work: a page spoilt on purpose is complained about."""
    window = checked(1440)
    window.page.goto(window.house.url + "/sign-in")
    window.page.evaluate("document.querySelector('input[name=username]').closest('form').querySelectorAll('label').forEach(l => l.remove())")
    window.check("spoilt")
    assert any(": label " in line for line in window.wrong)
