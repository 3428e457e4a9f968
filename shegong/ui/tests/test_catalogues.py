"""The catalogue tool finds what is missing, unused, contradictory or broken, and writes a catalogue gettext can read."""

import gettext
import importlib.util
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "tools" / "catalogues.py"
spec = importlib.util.spec_from_file_location("catalogues", SOURCE)
catalogues = importlib.util.module_from_spec(spec)
sys.modules["catalogues"] = catalogues
spec.loader.exec_module(catalogues)

PYTHON = '_("Hello %(name)s")\nngettext("%(n)d case", "%(n)d cases", n)\npgettext("verb", "Close")\nN_("Plain")\n'
TEMPLATE = '<a title="{{ _("Attribute") }}">{% trans who=x %}\n  Block {{ who }}\n{% endtrans %}</a>'
FRAGMENT = """
msgid "Hello %(name)s"
msgstr "你好，%(name)s"

msgid "%(n)d case"
msgid_plural "%(n)d cases"
msgstr[0] "%(n)d件"

msgctxt "verb"
msgid "Close"
msgstr "关闭"

msgid "Plain"
msgstr "普通"

msgid "Attribute"
msgstr "属性"

msgid "Block %(who)s"
msgstr "块%(who)s"
"""


@pytest.fixture
def package(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "locale" / "fragments").mkdir(parents=True)
    (tmp_path / "a.py").write_text(PYTHON)
    (tmp_path / "tests" / "b.py").write_text('_("Only in a test")')
    (tmp_path / "templates" / "a.html").write_text(TEMPLATE)
    (tmp_path / "locale" / "fragments" / "a.po").write_text(FRAGMENT)
    return tmp_path


def run(package, *arguments):
    return catalogues.main(list(arguments), package)


def test_a_complete_package_passes_and_compiles(package, capsys):
    assert run(package) == 0
    with (package / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as compiled:
        words = gettext.GNUTranslations(compiled)
    assert words.gettext("Block %(who)s") == "块%(who)s"
    assert words.ngettext("%(n)d case", "%(n)d cases", 5) == "%(n)d件"
    assert words.pgettext("verb", "Close") == "关闭"


def test_check_writes_nothing(package):
    assert run(package, "--check") == 0
    assert not (package / "locale/zh_Hans").exists()


def test_the_same_input_gives_the_same_bytes(package):
    run(package)
    first = (package / "locale/zh_Hans/LC_MESSAGES/django.po").read_bytes()
    run(package)
    assert (package / "locale/zh_Hans/LC_MESSAGES/django.po").read_bytes() == first


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('msgstr "普通"', 'msgstr ""', "no Chinese for 'Plain'"),
        ('msgid "Plain"', 'msgid "Gone"', "nothing uses 'Gone'"),
        ("你好，%(name)s", "你好", "its translation '你好' has []"),
        ("块%(who)s", "块%(whom)s", "%(whom)s"),
        ('msgctxt "verb"\n', "", "no Chinese for 'Close'"),
    ],
)
def test_what_is_wrong_is_named(package, capsys, before, after, complaint):
    path = package / "locale/fragments/a.po"
    path.write_text(path.read_text().replace(before, after))
    assert run(package, "--check") == 1
    assert complaint in capsys.readouterr().err


def test_two_fragments_may_agree_but_not_contradict(package, capsys):
    other = package / "locale/fragments/b.po"
    other.write_text('msgid "Plain"\nmsgstr "普通"\n')
    assert run(package, "--check") == 0
    other.write_text('msgid "Plain"\nmsgstr "简单"\n')
    assert run(package, "--check") == 1
    assert "a.po" in capsys.readouterr().err


def test_missing_prints_a_fragment_to_fill_in(package, capsys):
    (package / "locale/fragments/a.po").write_text("")
    assert run(package, "--missing") == 0
    printed = capsys.readouterr().out
    assert 'msgid "Plain"\nmsgstr ""' in printed
    assert "Only in a test" not in printed
