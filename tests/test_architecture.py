"""The laws that the import graph cannot see (docs/architecture.md). They walk every app, so a new one is held to them too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import get_resolver

from shegong.kernel.actions.deeds import services
from shegong.kernel.actions.vocabulary import all_deeds, all_kinds, form_of
from shegong.kernel.orgs.roles import all_roles

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "shegong"
APPS = sorted(p for p in (HOUSE / "apps").iterdir() if (p / "apps.py").exists())
DOORS_OUT_ONLY = ("views", "api", "tasks", "sheets", "cli")
KNOWN = {
    "README.md", "__init__.py", "apps.py", "policy", "rules.py", "models", "queries", "services", "forms", "sheets",
    "indicators", "views", "api", "tasks.py", "urls.py", "migrations", "templates", "tests", "reports", "static",
}  # fmt: skip
REFUSED_NAMES = {"utils", "helpers", "common", "signals", "managers", "misc"}
LAYERS = ["lib", "ui", "kernel", "registry", "apps", "site"]


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if not {"migrations", "tests", "__pycache__"} & set(path.parts):
            yield path


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


# 1 ----------------------------------------------------------------------------------------------------------------------
def test_every_deed_has_exactly_one_service_and_every_service_is_a_deed():
    declared = {code for code, deed in all_deeds().items() if not deed.reads}
    assert set(services()) == declared, {
        "declared without service": sorted(declared - set(services())),
        "service without deed": sorted(set(services()) - declared),
    }


def test_every_deed_names_known_roles_and_somebody():
    known = set(all_roles())
    for code, deed in all_deeds().items():
        assert deed.roles <= known, code
        assert deed.roles or deed.members, f"{code}: nobody may ever do it"


def test_public_functions_of_services_are_deeds_or_marked_private():
    """A public function in services that writes without being a deed would be a second door."""
    known = {fn.__name__ for fn in services().values()}
    keepers = {
        "invite",
        "remind_due",
        "move_up_overdue",
        "forget_tries",
        "remind_of_promises",
    }  # run by a deed or by the keeper, named in docs/architecture.md
    writes = re.compile(r"\.(save|create|update|delete|bulk_create)\(")
    stray = []
    for app in APPS:
        for path in _sources(app / "services"):
            if path.stem.startswith("_"):
                continue  # what services share among themselves; nothing outside may import it (next test)
            for node in ast.parse(path.read_text()).body:
                if (
                    isinstance(node, ast.FunctionDef)
                    and not node.name.startswith("_")
                    and node.name not in known | keepers
                ):
                    if writes.search(ast.unparse(node)) and path.stem != "keeping":
                        stray.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert not stray, stray


def test_what_services_share_is_imported_by_services_only():
    pattern = re.compile(r"services\._|from \.\.services import _|from \.services import _")
    found = [str(p) for p in _sources(HOUSE) if "services" not in p.parts and pattern.search(p.read_text())]
    assert not found


# 2 ----------------------------------------------------------------------------------------------------------------------
def test_views_api_tasks_and_sheets_do_not_touch_rows():
    forbidden = re.compile(
        r"\.objects\b|\._default_manager\b|\._base_manager\b|\.save\(|\.delete\(|\.bulk_create\(|\.raw\(|\.extra\("
    )
    found = []
    for path in _sources(HOUSE):
        relative = path.relative_to(HOUSE)
        if relative.parts[0] not in ("apps", "registry"):
            continue
        if path.stem in DOORS_OUT_ONLY or "views" in path.parts or "api" in path.parts:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if forbidden.search(line) and "form.save(" not in line:
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not found, found


# 3 ----------------------------------------------------------------------------------------------------------------------
def _views() -> Iterator[tuple[str, str, str]]:
    """(url name, function name, module) of every page of apps, registry and kernel."""

    def walk(resolver: object, seen: set[int]) -> Iterator[tuple[str, str, str]]:
        for pattern in resolver.url_patterns:  # type: ignore[attr-defined]
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern, seen)
            elif getattr(pattern.callback, "__module__", "").startswith("shegong."):
                callback = pattern.callback
                yield pattern.name, getattr(callback, "__name__", ""), callback.__module__

    yield from walk(get_resolver(), set())


def test_page_name_is_view_name():
    wrong = [
        f"{module}.{view} is named {name!r}" for name, view, module in _views() if name != view and ".api" not in module
    ]
    assert not wrong, wrong


def test_templates_bear_the_name_of_their_page():
    names = {name for name, _view, _module in _views()}
    stray = []
    for app in [*APPS, HOUSE / "registry"]:
        for template in sorted((app / "templates").rglob("*.html")):
            if template.stem.startswith("_") or template.parent.name == "parts":
                continue
            if template.stem not in names:
                stray.append(str(template.relative_to(ROOT)))
    assert not stray, f"neither a page nor a part (parts/ or _name): {stray}"


# 4 ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("app", APPS, ids=lambda p: p.name)
def test_an_app_holds_only_known_files(app):
    strange = {p.name for p in app.iterdir() if p.name != "__pycache__"} - KNOWN - {f"{k}.py" for k in KNOWN}
    assert not strange
    assert (app / "README.md").exists()
    assert len((app / "README.md").read_text().splitlines()) <= 40


def test_no_junk_drawers():
    found = [p for p in HOUSE.rglob("*") if p.stem in REFUSED_NAMES and p.suffix in ("", ".py")]
    assert not found


def test_functions_stay_short_and_files_under_500_lines():
    lengths, long_files = [], []
    for path in _sources(HOUSE):
        if len(path.read_text().splitlines()) > 500:
            long_files.append(str(path.relative_to(ROOT)))
        for node in _functions(path):
            first = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lengths.append(((node.end_lineno or 0) - first[0].lineno + 1, f"{path.relative_to(ROOT)}:{node.name}"))
    lengths.sort()
    assert not long_files
    assert lengths[int(len(lengths) * 0.9)][0] <= 30, lengths[-20:]
    assert lengths[-1][0] <= 80, lengths[-5:]


# 5 ----------------------------------------------------------------------------------------------------------------------
def _layer(model: type[models.Model]) -> int:
    parts = model.__module__.split(".")
    return LAYERS.index(parts[1]) if parts[0] == "shegong" else -1


def test_foreign_keys_point_down_or_stay_home():
    for model in apps.get_models():
        if not model.__module__.startswith("shegong."):
            continue
        for field in model._meta.concrete_fields:
            other = field.related_model
            if isinstance(other, type) and other.__module__.startswith("shegong."):
                home = other._meta.app_label == model._meta.app_label
                assert home or _layer(other) < _layer(model) or _layer(model) == LAYERS.index("kernel"), (
                    f"{model.__name__}.{field.name}"
                )


def test_templates_include_only_their_own_or_the_kit():
    pattern = re.compile(r"{%-?\s*(?:include|import|extends|from)\s+[\"']([^\"']+)[\"']")
    wrong = []
    for template in HOUSE.rglob("templates/**/*.html"):
        own = template.relative_to(HOUSE).parts
        own_prefix = own[own.index("templates") + 1]
        for name in pattern.findall(template.read_text()):
            if name.split("/")[0] not in (own_prefix, "ui") and own_prefix not in ("site",):
                wrong.append(f"{template.relative_to(ROOT)} uses {name}")
    assert not wrong, wrong


# 6 ----------------------------------------------------------------------------------------------------------------------
def test_no_signals_no_save_overrides_no_auto_named_migrations():
    receivers, overrides = [], []
    for path in _sources(HOUSE):
        text = path.read_text()
        if "kernel" not in path.parts and re.search(r"@receiver|\.connect\(.*sender", text):
            receivers.append(str(path))
        if "apps" in path.relative_to(HOUSE).parts[:1] and re.search(r"def (save|delete)\(self", text):
            overrides.append(str(path))
    auto = [
        str(p) for p in HOUSE.rglob("migrations/*.py") if re.search(r"_auto_|_initial\.py|_alter_|_remove_", p.name)
    ]
    assert not receivers
    assert not overrides
    assert not auto


# other laws of the house ------------------------------------------------------------------------------------------------
def test_money_is_integer_and_named_so():
    for model in apps.get_models():
        if not model.__module__.startswith("shegong."):
            continue
        for field in model._meta.concrete_fields:
            assert not isinstance(field, models.FloatField | models.DecimalField), f"{model.__name__}.{field.name}"
            if field.name.endswith("_fen"):
                assert isinstance(field, models.BigIntegerField), f"{model.__name__}.{field.name}"


def test_templates_never_switch_escaping_off():
    found = []
    for template in HOUSE.rglob("templates/**/*.html"):
        if re.search(r"\|\s*safe\b|autoescape\s+false", template.read_text()):
            found.append(str(template))
    python = [str(p) for p in _sources(HOUSE) if re.search(r"\bmark_safe\(", p.read_text())]
    assert not found
    assert not python


def test_no_inline_script_style_or_foreign_host_in_pages():
    wrong = []
    for template in HOUSE.rglob("templates/**/*.html"):
        text = template.read_text()
        if re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son[a-z]+=\"|\sstyle=\"|<style", text):
            wrong.append(f"{template.relative_to(ROOT)}: inline script or style")
        if re.search(r"(?:src|href|action)=\"(?:https?:)?//", text):
            wrong.append(f"{template.relative_to(ROOT)}: another host")
    assert not wrong, wrong


def test_no_pickle_eval_or_shell():
    pattern = re.compile(r"\bimport (pickle|marshal|shelve)\b|yaml\.load\(|\beval\(|\bexec\(|shell=True|os\.system\(")
    found = [f"{p.relative_to(ROOT)}" for p in _sources(HOUSE) if pattern.search(_code_only(p))]
    assert not found, found


def _code_only(path: Path) -> str:
    """The source without docstrings and comments."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_every_kind_of_a_page_can_be_fetched_through_reach():
    for code, kind in all_kinds().items():
        if kind.page:
            assert kind.reader is not None, f"{code} has a page but no query decorated with @reads"


def test_forms_have_no_field_for_rights_or_state():
    protected = {"org", "org_id", "org_path", "state", "status", "version", "role", "approved_by", "is_staff", "actor"}
    for code in all_deeds():
        form = form_of(code)
        if form and not code.startswith(("registry.grant", "registry.account")):
            assert not protected & set(form.base_fields), code
