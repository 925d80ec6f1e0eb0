"""A demo empties its own folder only, and only when nobody else is on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pickupctl.demo.folder import held
from pickupctl.errors import CommandFault, InputFault


@pytest.mark.parametrize("fresh", [True, False])
def test_what_is_no_demos_is_left_alone(tmp_path: Path, fresh: bool) -> None:
    for name in ("sub", "env", "secrets"):
        (tmp_path / name).mkdir()
    (tmp_path / "sub" / "thesis.txt").write_text("keep")
    with pytest.raises(InputFault, match="left alone"), held(tmp_path, fresh=fresh):
        pytest.fail("held")
    assert (tmp_path / "sub" / "thesis.txt").read_text() == "keep"


def test_an_earlier_demos_data_is_there_the_next_time_unless_that_is_fresh(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    with held(folder, fresh=False):
        (folder / "kafka").mkdir()
        (folder / "env").write_text("A=1")
    with held(folder, fresh=False):
        assert (folder / "env").exists()
    (folder / "demo.lock").unlink()
    (folder / "env").write_text("PICKUP_KAFKA_BOOTSTRAP=127.0.0.1:19092")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "link").symlink_to(elsewhere)
    with held(folder, fresh=True):
        assert [one.name for one in folder.iterdir()] == ["demo.lock"]
    assert elsewhere.exists()


def test_two_demos_are_not_on_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with held(folder, fresh=False):
        (folder / "env").write_text("A=1")
        with pytest.raises(CommandFault, match="a demo runs on"), held(folder, fresh=True):
            pytest.fail("held twice")
        assert (folder / "env").exists(), "nobody deletes what another is using"
    with held(folder, fresh=True):
        assert not (folder / "env").exists()
