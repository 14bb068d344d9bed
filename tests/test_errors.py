"""Errors speak the reader's language, at the time of reading, and are also the fitting built-in."""

from __future__ import annotations

import pytest

from luiapp import errors, texts


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.ParameterError, ValueError),
        (errors.NetworkError, ValueError),
        (errors.FormatError, ValueError),
        (errors.FileError, OSError),
        (errors.LinkError, OSError),
        (errors.RigError, RuntimeError),
    ],
)
def test_every_error_is_also_a_built_in_and_says_its_sentence(error: type[errors.LuiError], builtin: type) -> None:
    raised = error("{name} is {value}", name="the membrane", value=3)
    assert isinstance(raised, builtin) and isinstance(raised, errors.LuiError)
    assert str(raised) == "the membrane is 3"
    assert raised.fields == {"name": "the membrane", "value": 3}


def test_a_field_may_be_called_text() -> None:
    assert str(errors.ParameterError("not '{text}'", text="5 V")) == "not '5 V'"


def test_an_error_raised_before_the_language_changed_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = errors.RigError("no {thing}", thing="board")
    monkeypatch.setattr(texts._catalogue, "find", {"no {thing}": "kein {thing}"}.get)
    assert str(raised) == "kein board"


def test_braces_in_values_are_not_read_as_fields() -> None:
    assert str(errors.FormatError("bad line {line}", line="{x}")) == "bad line {x}"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "de_AT"}, "de"),
        ({"LUIAPP_LANG": "en", "LANG": "de_DE"}, "en"),
    ],
)
def test_the_systems_language(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str) -> None:
    for name in ("LUIAPP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert texts.system_language() == expected


def test_an_unknown_language_is_english() -> None:
    texts.set_language("xx")
    assert texts.language() == "en"
