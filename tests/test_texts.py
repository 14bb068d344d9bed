"""Every text that a person reads exists in every language, and the catalogues hold nothing else."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from luiapp.locale import compile as catalogue
from luiapp.texts import LANGUAGES, mark, set_language, tr

TEXTS, FAULTS = catalogue.collect()
OTHERS = [code for code in LANGUAGES if code != "en"]


def test_texts_are_literals() -> None:
    assert [f"{fault.place}: {fault.reason}" for fault in FAULTS] == []


def test_the_texts_were_found() -> None:
    found = {text.text for text in TEXTS}
    assert {"'{text}' must be in {unit}", "leak potential", "nothing was recorded"} <= found


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    known = catalogue.translations(language)
    lacking = sorted({f"{text.place}: {text.text}" for text in TEXTS if text.text not in known})
    assert lacking == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_stale(language: str) -> None:
    used = {text.text for text in TEXTS}
    stale = [
        f"{path.name}: {message.id}"
        for path, one in catalogue.catalogues(language).items()
        for message in one
        if message.id and message.id not in used
    ]
    assert stale == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_translated_in_two_ways(language: str) -> None:
    seen: dict[str, str] = {}
    twice = []
    for one in catalogue.catalogues(language).values():
        for message in one:
            if message.id and seen.setdefault(str(message.id), str(message.string)) != message.string:
                twice.append(message.id)
    assert twice == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_fields(language: str) -> None:
    wrong = [
        text
        for text, translated in catalogue.translations(language).items()
        if catalogue.braces(text) != catalogue.braces(translated)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_compiled_catalogues_are_up_to_date(language: str) -> None:
    """`make translations` puts them right."""
    found = catalogue.catalogues(language)
    stale = [path.name for path, one in found.items() if not catalogue.is_current(path, one)]
    orphans = [p.name for p in (catalogue.LOCALE / language).glob("*.mo") if p.with_suffix(".po") not in found]
    assert found
    assert (stale, orphans) == ([], [])


def test_fields_are_given_as_the_text_names_them() -> None:
    wrong = [
        f"{text.place}: {text.text} gets {sorted(text.fields)}"
        for text in TEXTS
        if text.fields and catalogue.braces(text.text) != text.fields
    ]
    assert wrong == []


def test_braces_are_only_given_to_fields() -> None:
    """A text shown without fields isn't formatted, so a brace in it would be shown."""
    wrong = []
    for text in TEXTS:
        try:
            parts = list(string.Formatter().parse(text.text))
        except ValueError as error:
            wrong.append(f"{text.place}: {error}")
            continue
        if text.fields == frozenset() and any(name is not None for _, name, _, _ in parts):
            wrong.append(f"{text.place}: {text.text}")
    assert wrong == []


def test_the_language_in_use_decides() -> None:
    set_language("de")
    assert tr("nothing was recorded") == catalogue.translations("de")["nothing was recorded"] != "nothing was recorded"
    set_language("en")
    assert tr("nothing was recorded") == mark("nothing was recorded") == "nothing was recorded"


def test_tidying_keeps_one_translation_at_home() -> None:
    found = {"core": Catalog(), "files": Catalog(), "gui-shell": Catalog()}
    for name, texts in (("core", "ad"), ("files", "abc"), ("gui-shell", "ab")):
        for text in texts:
            found[name].add(text, text.upper())
    used = [
        catalogue.Text("luiapp/model/x.py:1", "a", None),
        catalogue.Text("luiapp/files/x.py:1", "a", None),
        catalogue.Text("luiapp/gui/app.py:1", "b", None),
        catalogue.Text("luiapp/gui/bench/panel.py:1", "c", None),  # only translated elsewhere: stays
    ]
    assert catalogue.surplus(found, used) == [("files", "a"), ("gui-shell", "a"), ("files", "b"), ("core", "d")]


def test_collecting_sees_branches_and_refuses_sums(tmp_path: Path) -> None:
    package = tmp_path / "luiapp"
    package.mkdir()
    (package / "x.py").write_text(
        "tr('a' if x else 'b')\ntr(f'c{x}')\nmark('d' + y)\nNetworkError('e {n}', n=1)\nself.tr('f'\n 'g')\ntr(h)\n"
    )
    texts, faults = catalogue.collect(package)
    assert [text.text for text in sorted(texts, key=lambda t: t.text)] == ["a", "b", "e {n}", "fg"]
    assert sorted(fault.place for fault in faults) == ["luiapp/x.py:2", "luiapp/x.py:3"]
    assert next(t.fields for t in texts if t.text == "e {n}") == {"n"}
