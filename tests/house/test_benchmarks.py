"""The benchmarks run, write what they promise, and refuse to report what was not durable."""

from __future__ import annotations

import json
import sqlite3

import pytest
from defusedxml import ElementTree

from benchmarks import durability
from benchmarks.__main__ import main
from benchmarks.figures import ALL
from benchmarks.frame import Aim, Figure, Result, ServedFigure
from gateway.store import engine


def result(**changes):
    clean = {
        "id": "P0",
        "title": "a <figure>",
        "unit": "things",
        "raw_is": "nothing",
        "ours": (30.0, 50.0, 40.0),
        "raw": (100.0, 100.0, 100.0),
        "aim": Aim(ratio=0.3, good=0.1),
    }
    return Result(**{**clean, **changes})


def test_a_run_shows_a_table_and_writes_json_and_a_chart(tmp_path, capsys):
    figure = Figure(("P0",), lambda _: [result()])

    code = main(["--quick", "--output", str(tmp_path)], [figure])

    assert code == 0
    (kept,) = tmp_path.glob("*.json")
    report = json.loads(kept.read_text())
    assert report["figures"][0]["ratio"] == 0.4
    assert report["figures"][0]["reached"] is True
    assert report["machine"]["cores"] >= 1
    (drawn,) = tmp_path.glob("*.svg")
    texts = [node.text for node in ElementTree.parse(drawn).iter() if node.tag.endswith("text")]
    assert "P0  a <figure>" in texts
    shown = capsys.readouterr().out
    assert "P0" in shown
    assert "0.3 (0.1)" in shown


def test_the_figures_that_need_no_gateway_run(tmp_path):
    code = main(["--quick", "--only", "decide", "--output", str(tmp_path)])

    assert code == 0
    (kept,) = tmp_path.glob("*.json")
    figures = json.loads(kept.read_text())["figures"]
    states = {figure["id"]: (figure["state"], figure["rule"]) for figure in figures}
    assert states == {  # a decision that refuses early would look fast
        "decide": ("due", ""),
        "decide-50": ("due", ""),
        "decide-reduced": ("due", "R-15"),
        "decide-50-reduced": ("due", "R-15"),
    }


def test_the_result_is_the_median_of_the_rounds():
    assert result(ours=(10.0, 90.0, 20.0)).ratio == 0.2


def test_an_aim_may_be_a_ceiling():
    assert Aim(ratio=1.5, better="lower").is_reached(1.4)
    assert not Aim(ratio=1.5, better="lower").is_reached(1.6)


def test_every_figure_has_an_id_of_its_own():
    ids = [id_ for figure in ALL for id_ in figure.ids]

    assert len(set(ids)) == len(ids)
    assert {"P1", "P2", "relay"} <= {
        id_ for figure in ALL if isinstance(figure, ServedFigure) for id_ in figure.ids
    }


def test_what_is_not_durable_is_not_reported(tmp_path, monkeypatch):
    def careless(name):
        connection = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = NORMAL").close()
        return connection

    engine.create_file(tmp_path / "gateway.db")
    url = f"sqlite:///{tmp_path}/gateway.db"
    assert durability.demand_durable(url, tmp_path, {})["synchronous"] == "FULL"
    monkeypatch.setattr(engine, "_connect", careless)

    with pytest.raises(durability.NotDurableError):
        durability.demand_durable(url, tmp_path, {})


@pytest.mark.parametrize(
    ("environ", "mounts"),
    [
        ({"LD_PRELOAD": "/usr/lib/libeatmydata.so"}, "disk / ext4 rw 0 0"),
        ({}, "disk / ext4 rw 0 0\nmemory /{} tmpfs rw 0 0"),
    ],
)
def test_a_disk_that_keeps_nothing_is_noticed(tmp_path, monkeypatch, environ, mounts):
    kind = durability.file_system(tmp_path, mounts.format(str(tmp_path).lstrip("/")))
    monkeypatch.setattr(durability, "file_system", lambda _: kind)

    with pytest.raises(durability.NotDurableError):
        durability.demand_durable("sqlite://", tmp_path, environ)


def test_a_refusal_writes_nothing(tmp_path, capsys):
    def refusing(_):
        raise durability.NotDurableError("for this test")

    code = main(["--output", str(tmp_path)], [Figure(("P0",), refusing)])

    assert code == 2
    assert not list(tmp_path.iterdir())
    assert "Nothing is reported" in capsys.readouterr().out
