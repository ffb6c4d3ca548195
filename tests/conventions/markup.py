"""Judging a page's HTML as an old browser, a screen reader and a strict policy would."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

import html5lib

UNLABELLED_TYPES = frozenset({"hidden", "submit", "button", "image", "reset"})


def faults(html: str) -> list[str]:
    """Everything wrong with the page; empty when it is good."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(html)
    wrong = [f"line {at[0]}: {what} {facts}" for at, what, facts in parser.errors]
    wrong += [f"{count} h1" for count in (len(list(document.iter("h1"))),) if count != 1]
    ids = Counter(element.get("id") for element in document.iter() if element.get("id"))
    wrong += [f"id {name} {count} times" for name, count in ids.items() if count > 1]
    wrong += [f"{_named(control)} has no label" for control in _controls(document) if not _labelled(control, document)]
    wrong += [f"reference to missing id {name}" for name in _references(document) if name not in ids]
    wrong += [f"{element.tag} has {name}" for element in document.iter() for name in element.attrib if _inline(name)]
    wrong += [f"inline {element.tag}" for element in document.iter("style")]
    wrong += ["inline script" for element in document.iter("script") if not element.get("src")]
    wrong += [f"{_named(image)} has no alt" for image in document.iter("img") if image.get("alt") is None]
    wrong += [f"{_named(button)} says nothing" for button in document.iter("button") if not _says(button)]
    root = document if document.tag == "html" else document.find("html")
    if root is None or not root.get("lang"):
        wrong.append("no language")
    return wrong


def _controls(document: Element) -> list[Element]:
    found = [element for tag in ("input", "select", "textarea") for element in document.iter(tag)]
    return [element for element in found if element.get("type", "") not in UNLABELLED_TYPES]


def _labelled(control: Element, document: Element) -> bool:
    if control.get("aria-label") or control.get("aria-labelledby"):
        return True
    labels = [
        label for label in document.iter("label") if label.get("for") == control.get("id") or control in label.iter()
    ]
    return any("".join(label.itertext()).strip() for label in labels)


def _references(document: Element) -> list[str]:
    found = [label.get("for", "") for label in document.iter("label") if label.get("for")]
    for name in ("aria-labelledby", "aria-describedby", "aria-controls"):
        found += [word for element in document.iter() for word in element.get(name, "").split()]
    return found


def _inline(name: str) -> bool:
    return name == "style" or name.startswith("on")


def _says(button: Element) -> bool:
    return bool("".join(button.itertext()).strip() or button.get("aria-label") or button.get("title"))


def _named(element: Element) -> str:
    return f"{element.tag} {element.get('name') or element.get('id') or element.get('src') or ''}".strip()
