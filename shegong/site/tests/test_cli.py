"""The command line: both languages, exit codes that mean something, and real processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from shegong.kernel.audit import sealing, trail
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import acting, everything
from shegong.registry.tests.synthetic import number
from shegong.site.cli import _COMMANDS, main
from shegong.site.cli.reports import Month
from tests import cast

ROOT = Path(__file__).resolve().parents[3]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3}")


def run(*words: str):
    return CliRunner().invoke(main, list(words))


def commands(group, path=()):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        yield (*path, name), command
        if hasattr(command, "list_commands"):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), list(commands(main)), ids=lambda v: " ".join(v) if isinstance(v, tuple) else ""
)
def test_every_command_and_option_explains_itself_in_both_languages(path, command):
    assert CHINESE.search(command.help), path
    assert ENGLISH.search(command.help), path
    for option in command.params:
        if option.param_type_name == "option":
            assert CHINESE.search(option.help or ""), (path, option.name)
            assert ENGLISH.search(option.help or ""), (path, option.name)


def test_help_names_every_command_whole():
    shown = run("--help").output
    assert set(_COMMANDS) <= set(re.findall(r"^  (\w+) ", shown, re.M))
    assert "..." not in shown.replace("[ARGS]...", "")


def test_wrong_usage_is_2():
    assert run("nothing-like-this").exit_code == 2
    assert run("report", "T09", "--org", "x", "--from", "2023", "--to", "2023-12", "--as", "x").exit_code == 2


def test_months_are_read_as_written():
    assert str(Month().convert("2023-01", None, None)) == "2023-01-01"


@pytest.mark.django_db
def test_sheets_lists_every_sheet_with_its_columns():
    found = json.loads(run("sheets", "--json").stdout)
    assert {"code", "title", "imports", "key", "columns"} <= set(found[0])
    assert run("sheets").exit_code == 0


@pytest.mark.django_db
def test_a_template_is_a_workbook_and_an_unknown_sheet_is_wrong_usage(tmp_path):
    code = json.loads(run("sheets", "--json").stdout)[0]["code"]
    out = tmp_path / "empty.xlsx"
    assert run("template", code, "--out", str(out)).exit_code == 0
    assert out.read_bytes()[:2] == b"PK"
    assert run("template", "no.such", "--out", str(out)).exit_code == 2


@pytest.mark.django_db
def test_an_import_without_the_right_is_refused_with_3_before_the_file_is_read(tmp_path):
    sheets = [s["code"] for s in json.loads(run("sheets", "--json").stdout) if s["imports"]]
    file = tmp_path / "any.csv"
    file.write_text("x")
    answer = run("import", sheets[0], str(file), "--as", "finance")
    assert answer.exit_code == 3, answer.output
    assert run("import", sheets[0], str(file), "--as", "nobody").exit_code == 2
    assert run("import", sheets[0], str(file), "--as", "suspended").exit_code == 2


def people_csv(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["姓名,身份证号", *rows]), encoding="utf-8")
    return path


@pytest.mark.django_db
def test_an_import_checks_takes_in_gives_back_and_is_done_once(committed, tmp_path, settings):
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    file = people_csv(tmp_path / "名册.csv", f"虚构甲,{number(1)}", f"虚构乙,{number(2)}", "虚构丙,44010619900101000")
    words = ["import", "registry.people", str(file), "--as", "town_worker", "--json"]
    dry = run(*words, "--dry-run")
    assert dry.exit_code == 4, dry.output
    found = json.loads(dry.stdout)
    assert (found["counts"]["good"], found["counts"]["bad"]) == (2, 1)
    assert found["errors"][0]["row"] == 4
    assert found["errors"][0]["name"] == "id_number"
    assert people() == []
    done = run(*words, "--report", str(tmp_path / "mend.xlsx"))
    assert done.exit_code == 4, done.output
    assert people() == ["虚构乙", "虚构甲"]
    assert (tmp_path / "mend.xlsx").read_bytes()[:2] == b"PK"
    again = run(*words)
    assert again.exit_code == 3
    assert people() == ["虚构乙", "虚构甲"]


@pytest.mark.django_db
def test_all_or_nothing_takes_nothing_when_a_row_is_bad(committed, tmp_path, settings):
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    file = people_csv(tmp_path / "a.csv", f"虚构甲,{number(1)}", "虚构丙,1")
    assert run("import", "registry.people", str(file), "--as", "town_worker", "--mode", "all-or-nothing").exit_code == 4
    assert people() == []
    same = people_csv(tmp_path / "c.csv", f"虚构甲,{number(1)}", f"另一人,{number(1)}")  # only the register itself notices
    refused = run("import", "registry.people", str(same), "--as", "town_worker", "--mode", "all-or-nothing")
    assert refused.exit_code == 4 and people() == []
    assert "B3" in refused.output and "身份证号" in refused.output and "没有写入" in refused.output
    good = people_csv(tmp_path / "b.csv", f"虚构甲,{number(1)}")
    assert run("import", "registry.people", str(good), "--as", "town_worker", "--mode", "all-or-nothing").exit_code == 0
    assert people() == ["虚构甲"]


@pytest.mark.django_db
def test_a_file_that_is_no_table_fails_with_1(committed, tmp_path, settings):
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    file = tmp_path / "letter.xlsx"
    file.write_bytes(b"PK\x03\x04 not a workbook")
    assert run("import", "registry.people", str(file), "--as", "town_worker").exit_code == 1


def people() -> list[str]:
    from shegong.registry.models import Person

    with everything():
        return sorted(Person.objects.values_list("name", flat=True))


@pytest.mark.django_db
def test_a_table_is_written_in_each_form_and_refused_out_of_reach(tmp_path):
    words = ["report", "T09", "--org", "county", "--from", "2023-01", "--to", "2023-12"]
    found = json.loads(run(*words, "--as", "county_clerk", "--check").stdout)
    assert found["table"] == "T09"
    for form, mark in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        out = tmp_path / f"t09.{form}"
        assert run(*words, "--as", "county_clerk", "--format", form, "--out", str(out)).exit_code == 0
        assert out.read_bytes().startswith(mark)
    assert run(*words, "--as", "neighbour_county_clerk").exit_code == 3
    assert run("report", "T99", *words[2:], "--as", "county_clerk").exit_code == 3
    assert run("report", "T09", "--org", "nowhere", *words[4:], "--as", "county_clerk").exit_code == 2
    assert (
        run(
            "report", "T09", "--org", "county", "--from", "2023-02", "--to", "2023-01", "--as", "county_clerk"
        ).exit_code
        == 2
    )


@pytest.mark.django_db
def test_a_security_administrator_resets_a_password_and_nobody_else():
    assert run("user", "password", "town_worker", "--as", "system_admin").exit_code == 3
    answer = run("user", "password", "town_worker", "--as", "security_admin")
    assert answer.exit_code == 0
    user = User.objects.get(username="town_worker")
    assert user.check_password(answer.stdout.strip())
    assert user.must_change_password


@pytest.mark.django_db
def test_the_first_administrator_is_made_once():
    answer = run("user", "first", "root2", "--name", "某某", "--org", "province", "--role", "security_admin")
    assert answer.exit_code == 2  # there is one already


@pytest.mark.django_db
def test_accounts_are_listed_with_their_posts():
    found = {u["username"]: u for u in json.loads(run("user", "list", "--json").stdout)}
    assert found["town_worker"]["posts"][0]["role"] == "town_worker"
    assert found["suspended"]["active"] is False


@pytest.mark.django_db
def test_keys_are_shown_without_their_material():
    shown = run("keys", "status", "--json")
    assert {k["purpose"] for k in json.loads(shown.stdout)} == {"seal", "index", "search", "audit"}


@pytest.mark.django_db
def test_the_trail_verifies_and_a_tampered_one_ends_with_1(committed, settings, tmp_path):
    import psycopg

    settings.SHEGONG_ANCHOR_FILE = tmp_path / "anchor.log"
    with acting(cast.actor("town_worker")) as actor:
        trail.write(actor, trail.Line("registry.person.view", "registry.person", "1", actor.posts[0].path))
    assert int(run("audit", "seal").stdout) >= 1
    sound = run("audit", "verify", "--json")
    assert sound.exit_code == 0
    assert json.loads(sound.stdout)["sound"] is True
    with psycopg.connect(committed, autocommit=True) as owner:
        owner.execute("alter table audit_entry disable trigger all")
        owner.execute("update audit_entry set actor_name = '某某'")
    broken = run("audit", "verify", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["flaws"][0]["kind"] == "changed"
    assert sealing.seal_once() == 0


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shegong.site.cli", *words],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.django_db
def test_a_real_process_speaks_json_on_stdout_only(committed):
    done = process("user", "list", "--json", SHEGONG_DATABASE_URL=committed)
    assert done.returncode == 0, done.stderr
    assert any(u["username"] == "chen" or u["username"] == "town_worker" for u in json.loads(done.stdout))
    refused = process("user", "password", "town_worker", "--as", "finance", SHEGONG_DATABASE_URL=committed)
    assert refused.returncode == 3
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr
