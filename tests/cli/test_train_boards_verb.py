"""``luiapp train boards``, for real and small: figures, the circuit, the sheet in both languages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.files import read_network
from luiapp.simulate import Options, run


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict, str]:
    code = main(["train", *arguments, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out), captured.err


class Page(HTMLParser):
    """Its rows of cells; complains about a tag that isn't closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_majority_from_nothing_to_the_bench(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    circuit, sheet = tmp_path / "net.json", tmp_path / "sheet.html"
    code, made, told = call(capsys, "boards", "majority", "--epochs", "160", "--starts", "6", "--sets", "6",
                            "--save", str(circuit), "--sheet", str(sheet))  # fmt: skip
    assert code == 0 and "epoch 160 of 160" in told
    assert made["nominal_accuracy"] == 1.0 and made["fan_in"] <= 3 and made["n_sets"] == 6
    for name in ("by_eye", "by_test"):
        one = made[name]
        assert 0.5 <= one["worst"] <= one["accuracy"] <= 1 and len(one["by_pattern"]) == 8
        assert one["accuracy"] == pytest.approx(sum(one["by_pattern"]) / 8)
    net = read_network(circuit)
    assert net.names == ["OUT"]
    percent = 100 * (1 - net.parameter("r_w1")[0] / 22e3)
    assert percent == pytest.approx(5 * made["wires"][0]["step"])
    net.set_parameter(0, "parts_seed", 0)
    spikes = run(net, 8.0, options=Options(dt=1e-3)).spike_train("OUT")
    assert sorted({int(t) for t in spikes}) == [3, 5, 6, 7]  # two or three of three, counted in binary
    page = Page(sheet.read_text("utf-8"))
    assert "://" not in sheet.read_text("utf-8")
    wires = [row for row in page.rows if row and row[0] in ("1", "2", "3")]
    assert [row[4] for row in wires] == [str(one["pulses"]) for one in made["wires"]]
    assert [row[2] for row in wires] == ["+" if one["sign"] > 0 else "−" for one in made["wires"]]


def test_the_sheet_is_german_where_the_program_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sheet = tmp_path / "blatt.txt"
    arguments = ["boards", "majority", "--epochs", "4", "--starts", "1", "--sets", "1", "--sheet", str(sheet)]
    assert main(["--lang", "de", "train", *arguments]) == 0
    text = sheet.read_text("utf-8")
    assert text.startswith("Einstellblatt") and "Zählprobe" in text and re.search(r"Stufe \d+ von 20", text)
    assert "Platinen" in capsys.readouterr().out
    code, again, _ = call(capsys, *arguments)
    assert code == 1 and "--overwrite" in again["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("boards",), "needs a task"),
        (("boards", "chess"), "xor"),
        (("boards", "xor", "--save", "net.npz"), ".json"),
        (("boards", "xor", "--sheet", "net.pdf"), ".html"),
        (("boards", "xor", "--hidden", "100"), "hidden"),
    ],
)
def test_wrong_calls_are_told(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], part: str) -> None:
    code, found, _ = call(capsys, *arguments)
    assert code == 1
    assert part in found["error"]["message"]


def test_task_names_that_need_no_compiler_are_tasks() -> None:
    from luiapp.cli.train_boards import STARTS, TASKS
    from luiapp.train.boards import tasks, teach

    assert set(TASKS) <= set(tasks.TASKS)
    assert teach.STARTS == STARTS
