"""Macros escape what they are given, forms are tied together for screen readers, layouts hold their parts."""

import html
import re
from datetime import UTC, datetime

import jinja2
import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from shegong.ui import gallery
from shegong.ui.jinja import environment
from shegong.ui.lists import Column, Deed, Difference, Series, Step, Tab

EVIL = "<script>alert(1)</script>\"'&"
AT = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
IMPORT = '{% import "ui/kit.html" as ui %}'
CALLS = [
    'ui.badge(x, "bad")',
    'ui.alert(x, "bad", x)',
    "ui.title(x, x, number=x, primary=deed, deeds=[deed], back=(x, x), hint=x, new_url=x, new_label=x)",
    "ui.tabs([tab], x)",
    "ui.empty(x, x, x, x)",
    "ui.copy(x)",
    "ui.progress(x, 1, 2, url=x, note=x)",
    "ui.stepper([step], x)",
    "ui.fact(x, x, unit=x, link=x)",
    "ui.event(at, x, x, org=x, changes=[(x, x, x)], text=x)",
    "ui.clock(x, at, basis=x)",
    "ui.masked(x, x, '', x, [(x, x)])",
    "ui.why(x)",
    "ui.versions([difference])",
    "ui.qr(x, x, x)",
    "ui.kpi(x, x, x, link=x, change=x, period=x)",
    "ui.kpi(x, none, suppressed=x)",
    "ui.chart('bar', x, [x], [series], unit=x, first=x, note=x, name=x)",
    "ui.stars('s', x, words=[x, x, x, x, x], error=x)",
    "ui.upload('f', x, accept=x, hint=x, error=x)",
    "ui.select_cell(x, x)",
    "ui.row_menu([deed], x)",
    "ui.more('l', x, 3)",
    "ui.bulk('l', [deed])",
    "ui.buttons(x, cancel=x, confirm=x, name=x, value=x)",
]


@pytest.fixture
def kit():
    return engines.all()[0].env


def shown(kit, text, **values):
    return kit.from_string(IMPORT + text).render(**values)


@pytest.mark.parametrize("call", CALLS)
def test_macros_escape_whatever_they_are_given(kit, call):
    values = {
        "x": EVIL, "at": AT, "deed": Deed(EVIL, EVIL), "tab": Tab(EVIL, EVIL, count=3), "step": Step(EVIL, "now", EVIL),
        "difference": Difference(EVIL, EVIL, "other"), "series": Series(EVIL, [1], [EVIL]),
    }  # fmt: skip
    markup = shown(kit, "{{ " + call + " }}", **values)
    assert html.escape(EVIL[:8]) in markup
    assert "<script" not in markup
    assert not re.search(r'="[^"<>]*"\'', markup), "an attribute was broken out of"


def test_table_and_filters_escape(kit):
    class Filter(forms.Form):
        q = forms.CharField(label=EVIL, required=False)

    columns = [Column("a", EVIL, unit=EVIL, sort_url=EVIL)]
    markup = shown(
        kit,
        '{{ ui.filters(form, saved=[]) }}{% call ui.table("t", columns, x) %}{% endcall %}',
        form=Filter({"q": EVIL}),
        columns=columns,
        x=EVIL,
    )
    assert "<script" not in markup
    assert html.escape("<script>") in markup


def test_a_misspelt_name_is_never_a_blank(kit):
    with pytest.raises(jinja2.UndefinedError):
        kit.from_string("{{ nmae }}").render(name="x")
    assert kit.from_string("{% if nmae %}a{% else %}b{% endif %}").render() == "b"


def test_autoescape_cannot_be_switched_off():
    assert (
        environment(loader=jinja2.DictLoader({}), autoescape=False).from_string("{{ x }}").render(x="<b>")
        == "&lt;b&gt;"
    )


def test_a_filter_of_a_constant_speaks_the_language_of_the_reader(kit):
    template = kit.from_string("{{ ['a', 'b']|joined }}")  # Jinja would fold this when compiling
    with translation.override("en"):
        assert template.render() == "a, b"
    with translation.override("zh-hans"):
        assert template.render() == "a、b"


def field(kit, form, name, arguments=""):
    return shown(kit, "{{ ui.field(form[name]" + arguments + ") }}", form=form, name=name)


def attribute(markup, name, tag="input|textarea|select"):
    found = re.search(rf'<(?:{tag})\b[^>]*\s{name}="([^"]*)"', markup)
    return found and found[1]


def test_a_field_is_tied_to_its_label_hint_and_error(kit):
    form = gallery.GalleryForm({"w-name": "x"}, prefix="w")
    markup = field(kit, form, "id_number")
    described = attribute(markup, "aria-describedby").split()
    assert f'for="{attribute(markup, "id")}"' in markup
    assert described == ["id_w-id_number_hint", "id_w-id_number_error"]
    assert all(f'id="{each}"' in markup for each in described)
    assert attribute(markup, "aria-invalid") == "true"
    assert " required" in markup


def test_a_field_without_error_or_hint_describes_nothing(kit):
    markup = field(kit, gallery.GalleryForm(), "name")
    assert "aria-describedby" not in markup
    assert "aria-invalid" not in markup


def test_only_the_first_field_in_error_takes_the_focus(kit):
    form = gallery.GalleryForm({"w-name": "x"}, prefix="w")
    markup = shown(kit, "{{ ui.fields(form) }}", form=form)
    assert len(re.findall(r"<[^>]*\sautofocus", markup)) == 1
    assert "autofocus" in field(kit, form, "id_number")


def test_radio_buttons_stand_in_a_fieldset_with_a_legend(kit):
    markup = field(kit, gallery.GalleryForm(), "risk")
    assert markup.count('type="radio"') == 3
    assert "<fieldset" in markup
    assert "<legend" in markup


def test_unit_entry_and_secret(kit):
    markup = field(kit, gallery.GalleryForm(), "amount", ', unit="元", secret=True')
    assert ">元</span>" in markup
    assert "data-secret" in markup
    assert attribute(markup, "inputmode") == "decimal"


def test_a_form_carries_key_token_and_version(kit):
    text = '{% call ui.form("/x/", token, form, draft="d", offline="o", version=7) %}{% endcall %}'
    first, second = (shown(kit, text, token="TOKEN", form=gallery.GalleryForm()) for _ in range(2))
    keys = [re.search(r'name="idempotency_key" value="([0-9a-f-]{36})"', each)[1] for each in (first, second)]
    assert keys[0] != keys[1]
    assert "TOKEN" in first
    assert 'name="version" value="7"' in first
    assert 'data-draft="d"' in first
    assert "hx-post" not in first, "an offline form is sent by the queue, not by htmx"


def test_errors_are_listed_and_linked_above_the_form(kit):
    form = gallery.GalleryForm({})
    form.add_error(None, EVIL)
    markup = shown(kit, "{{ ui.error_summary(form) }}", form=form)
    assert 'role="alert"' in markup
    assert 'href="#id_name"' in markup
    assert "<script" not in markup


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_have_landmarks_a_language_and_nothing_inline(language):
    request = RequestFactory().get("/")
    with translation.override(language):
        pages = [
            gallery.gallery(request),
            gallery.gallery_print(request),
            *(gallery.gallery_error(request, code) for code in gallery.ERRORS),
        ]
    for page in pages:
        markup = page.content.decode()
        assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in markup
        assert markup.count('<main id="main"') == 1
        assert 'href="#main"' in markup
        assert " style=" not in markup
        assert "<style" not in markup
        assert not re.search(r"\son[a-z]+=", markup)
        assert not re.search(r"<script(?![^>]*(\ssrc=|application/json))", markup)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', markup)


@pytest.mark.parametrize("code", gallery.ERRORS)
def test_error_pages_name_the_incident_and_answer_with_their_status(code):
    page = gallery.gallery_error(RequestFactory().get("/"), code)
    assert page.status_code == int(code)
    assert "7K3M9QTX" in page.content.decode()


def test_a_chart_keeps_suppressed_figures_out_of_the_picture(kit):
    markup = shown(kit, "{{ ui.chart('bar', 'T', ['a', 'b'], [s]) }}", s=Series("S", [None, 0]))
    assert 'data-value=""' in markup
    assert 'data-value="0"' in markup
