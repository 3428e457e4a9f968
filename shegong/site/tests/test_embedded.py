"""The embedded server: in a folder that only its owner may enter, for several users at once, stopped by the last."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from shegong.site import embedded
from shegong.site.embedded import Cluster, EmbeddedFailed

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow


@pytest.fixture
def closed(tmp_path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


def test_it_starts_in_a_folder_closed_to_others_and_keeps_its_data(closed):
    cluster = Cluster(closed / "pg")
    with cluster.use() as url, psycopg.connect(url.replace("/shegong?", "/postgres?"), autocommit=True) as connection:
        connection.execute("create table kept (n int)")
        settings = dict(connection.execute("select name, setting from pg_settings").fetchall())
        assert settings["data_checksums"] == settings["fsync"] == settings["full_page_writes"] == "on"
        assert settings["listen_addresses"] == ""
    assert not cluster.running()
    with cluster.use() as url, psycopg.connect(url.replace("/shegong?", "/postgres?")) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)
    assert closed.stat().st_mode & 0o777 == 0o700


def test_it_runs_with_its_programs_in_a_closed_folder_too(closed, monkeypatch):
    here = embedded.binaries()
    package = here.parents[1]
    for folder in package.parent.glob(f"{package.name}*"):  # the wheel keeps its libraries beside the package
        if not folder.name.endswith(".dist-info"):
            shutil.copytree(folder, closed / folder.name, symlinks=True)
    monkeypatch.setattr(embedded, "binaries", lambda: closed / here.relative_to(package.parent))
    with (
        Cluster(closed / "pg", fast=True).use() as url,
        psycopg.connect(url.replace("/shegong?", "/postgres?")) as connection,
    ):
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_last_of_several_users_stops_it(closed):
    one, two = Cluster(closed / "pg", fast=True), Cluster(closed / "pg", fast=True)
    with one.use():
        with two.use():
            assert two.running()
        assert one.running()
    assert not one.running()


def test_two_processes_may_start_it_at_the_same_moment(closed):
    code = f"from pathlib import Path; from shegong.site.embedded import Cluster\nwith Cluster(Path({str(closed)!r}) / 'pg', fast=True).use(): print('up')"
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [p.communicate(timeout=120)[0].strip() for p in both] == ["up", "up"]
    assert not Cluster(closed / "pg", fast=True).running()


def test_a_folder_with_other_things_in_it_is_left_alone(closed):
    (closed / "pg").mkdir()
    (closed / "pg" / "letter.txt").write_text("mine")
    with pytest.raises(EmbeddedFailed, match="not empty"), Cluster(closed / "pg").use():
        pass
    assert (closed / "pg" / "letter.txt").read_text() == "mine"


def test_it_is_found_under_another_temporary_folder(closed, tmp_path, monkeypatch):
    import tempfile

    with Cluster(closed / "pg", fast=True).use() as url:
        other = tmp_path / "tmp2"
        other.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(other))
        assert Cluster(closed / "pg", fast=True).url() == url


@pytest.mark.skipif(os.getuid() == 0 and not Path("/usr/bin/setpriv").exists(), reason="no setpriv")
def test_a_socket_folder_laid_there_by_somebody_else_is_refused(closed):
    cluster = Cluster(closed / "pg", fast=True)
    place = cluster._new_socket()
    place.symlink_to(closed)
    try:
        with pytest.raises((EmbeddedFailed, FileExistsError)):
            cluster.start()
    finally:
        place.unlink()
