"""The Chinese catalogue: one fragment per capability, checked against the texts in code and templates.

    catalogue.py compile    merges portal/translations/zh_CN/*.po into the catalogue that Flask-Babel reads
    catalogue.py check      lists what is untranslated, no longer used, or differs in its placeholders

Texts are English msgids: the arguments of `_`, `gettext`, `ngettext`, `lazy_gettext`, `N_`, and the first
argument of each error of `portal/core/errors.py`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_Hans_CN"
FRAGMENTS = ROOT / "portal" / "translations" / "zh_CN"
COMPILED = ROOT / "portal" / "translations" / LOCALE / "LC_MESSAGES" / "messages.mo"

ERRORS = ("Refused", "Invalid", "NotFound", "Unavailable", "Denied", "AlreadyDone")
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("_", "gettext", "lazy_gettext", "N_", *ERRORS)),
    "ngettext": (1, 2),
}
SOURCES = (("portal", "**.py", "python"), ("templates", "**.html", "jinja2.ext:babel_extract"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Finding(NamedTuple):
    """One thing wrong with the catalogue: where it shows, what it is, and the text concerned."""

    place: str
    what: str
    msgid: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.msgid}"


class Contradiction(Exception):
    """Two fragments translate the same text differently."""


def fragments() -> Iterator[tuple[Path, Message]]:
    """Every translated or translatable entry of every fragment, fuzzy ones left out."""
    for path in sorted(FRAGMENTS.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=LOCALE, charset="utf-8", abort_invalid=True)
        for message in catalogue:
            if message.id and not message.fuzzy:
                yield path, message


def merged() -> Catalog:
    """One catalogue of all fragments; the same text in two of them must read the same."""
    whole = Catalog(locale=LOCALE, project="gongwen", charset="utf-8", fuzzy=False)
    for path, message in fragments():
        known = whole.get(message.id)
        if known is not None and known.string != message.string:
            raise Contradiction(f"{path.name}: {message.id!r} is {known.string!r} in another fragment")
        whole.add(message.id, message.string, flags=message.flags)
    return whole


def used() -> dict[str, str]:
    """The texts of code and templates, each with the first place it stands in."""
    texts: dict[str, str] = {}
    for folder, pattern, method in SOURCES:
        found = extract_from_dir(ROOT / folder, [(pattern, method)], {pattern: {"silent": "false"}}, keywords=KEYWORDS)
        for name, line, msgid, _, _ in found:
            texts.setdefault(shown(msgid), f"{folder}/{name}:{line}")
    return texts


def forms(entry: str | list[str] | tuple[str | list[str] | None, ...] | None) -> list[str]:
    """The texts of one side of an entry: one, or one for each plural form; none when it is empty."""
    return [entry] if isinstance(entry, str) else [str(form or "") for form in entry or ()]


def shown(msgid: str | list[str] | tuple[str, ...]) -> str:
    """The text of an entry, or of its singular: what gettext looks it up by."""
    return forms(msgid)[0]


def differs(message: Message) -> bool:
    """Whether a translation lacks a %(name)s of its text, has one of its own, or can't be filled in.

    Chinese has one form for all numbers, so a plural's translation may leave nothing out either.
    """
    wanted = {name for text in forms(message.id) for name in PLACEHOLDER.findall(text)}
    return any(
        set(PLACEHOLDER.findall(string)) != wanted or not fills_in(string, wanted) for string in forms(message.string)
    )


def fills_in(string: str, names: set[str]) -> bool:
    """Whether `%` accepts the string: a bare per cent sign beside placeholders makes it fail."""
    try:
        return not names or bool(string % dict.fromkeys(names, "x"))
    except (TypeError, ValueError):
        return False


def findings() -> list[Finding]:
    """All that keeps the catalogue from being whole, in the order of places."""
    wanted = used()
    found: list[Finding] = []
    translated: set[str] = set()
    for path, message in fragments():
        text = shown(message.id)
        if text not in wanted:
            found.append(Finding(path.name, "no longer used", text))
        if not all(forms(message.string)):
            continue
        translated.add(text)
        if differs(message):
            found.append(Finding(path.name, "placeholders differ", text))
    missing = wanted.keys() - translated
    return sorted(found + [Finding(wanted[text], "no Chinese text", text) for text in missing])


def compile_catalogue() -> None:
    """Writes the binary catalogue. Raises Contradiction."""
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    # Under another name first: a process that reads meanwhile finds the old catalogue whole.
    fresh = COMPILED.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, merged())
    fresh.replace(COMPILED)


def main(arguments: list[str]) -> int:
    """Does `compile` or `check`; the exit code says whether all is well."""
    match arguments:
        case ["compile"]:
            compile_catalogue()
            return 0
        case ["check"]:
            found = findings()
            print(*found, f"catalogue: {len(found)} findings", sep="\n")
            return 1 if found else 0
    print("usage: catalogue.py compile|check", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
