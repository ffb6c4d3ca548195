"""The content gate (D-11): what may not travel through the exchange is found before it is sent.

The exchange carries nothing classified, nothing private and, where the rules say so, nothing urgent
(GZ4, LYG8, EE19). The sender declares it; the system looks for **marks**. A mark is not a word: 机密 in a
sentence is harmless, 机密★1年 on the first page is not. A mark shows by its place (GB/T 9704 7.2.2, 7.2.3):
alone on its line, before a star, after its label, bracketed at the edge of a line. So each rule is a place,
applied to a vocabulary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.core.errors import Invalid, Refused
from portal.core.text import N_

CLASSIFIED = N_(
    "%(where)s carries a classified mark: “%(excerpt)s”. "
    "Classified documents can't be exchanged here; send it through the confidential channel."
)
URGENT = N_(
    "%(where)s carries an urgency mark: “%(excerpt)s”. "
    "The exchange rules keep urgent documents out; deliver it in another way."
)

_EXCERPT_MARGIN = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """A mark found: in which part and line, its surroundings, the rule's name, and the msgid that says so."""

    where: str
    line: int
    excerpt: str
    rule: str
    message: str

    @property
    def params(self) -> dict[str, object]:
        """What fills `message`."""
        return {"where": self.where, "excerpt": self.excerpt}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the sender declares by ticking each box; nothing is ticked beforehand."""

    unclassified: bool
    not_urgent: bool
    official: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that are marks in certain places; `tail` may follow a word, `labels` may stand before it."""

    name: str
    message: str
    words: tuple[str, ...]
    labels: tuple[str, ...]
    tail: str


# Marks with terms, as in 机密★1年 (GB/T 9704 7.2.2); urgency of documents and telegrams (7.2.3).
SECRECY = Vocabulary(
    "secrecy",
    CLASSIFIED,
    words=("绝密", "机密", "秘密"),
    labels=("密级", "密级和保密期限", "密级及保密期限", "保密等级", "涉密等级", "秘密等级", "保密级别"),
    tail=r"级?(?:\s*(?:\d{1,2}|[一二三五十]{1,3})\s*(?:年|个?月|天|日)|\s*(?:长期|启用前|解密前|公布前))?",
)
URGENCY = Vocabulary(
    "urgency",
    URGENT,
    words=("特急", "加急", "急件", "特提", "平急"),
    labels=("紧急程度", "紧急等级", "缓急程度", "缓急"),
    tail="件?",
)
VOCABULARIES = (SECRECY, URGENCY)

# {word}: any word of the vocabulary, {tail}: what may follow it, {label}: any label, {other}: any word of
# the other vocabularies, {open} and {close}: brackets.
PLACES: Mapping[str, str] = {
    "before a star": r"{word}级?\s*(?:[★☆✩✪✭✮✯⭐⋆]|[*∗]\s*\d)",
    "alone on its line": (
        r"^{open}?\s*(?:(?:份号:?\s*)?\d{{3,8}}\s+)?(?:{other}[级件]?\s+)?"
        r"{word}{tail}(?:\s*{other}[级件]?)?\s*{close}?$"
    ),
    "at the edge, then a gap": r"^(?:\d{{6}}\s+)?{word}{tail} {{2,}}\S",
    "in brackets at the start": r"^{open}\s*{word}{tail}\s*{close}",
    "in brackets at the end": r"{open}\s*{word}{tail}\s*{close}$",
    # An enumeration (密级：绝密、机密、秘密) or a bound (密级：秘密以上) explains marks and is none.
    "after its label": r"{label}\s*:\s*[☑■√✓✔]?\s*{word}(?!级?\s*(?:[、/,或及和与□以]|{word}))",
    "after its label and a gap": r"^{label}\s+{word}{tail}(?=\s|$)(?!\s+{word})",
    "ticked": r"{label}.*[☑■√✓✔☒]\s*{word}",
}

# No mark is without one of these characters; folding every line would cost a second per million.
_TELLING = re.compile("[密急提]")

# Traditional and variant characters of the words above.
_SIMPLIFIED = str.maketrans("絕機祕緊級個啟啓長", "绝机秘紧级个启启长")


def scan(parts: Mapping[str, str], *, urgent_allowed: bool = False) -> tuple[Finding, ...]:
    """Return every mark in the parts, which map a name the sender knows (标题, a file name) to its text.

    The names are looked at too, since a file may be called 【机密】….
    """
    vocabularies = (SECRECY,) if urgent_allowed else VOCABULARIES
    return tuple(
        finding
        for where, text in parts.items()
        for number, line in enumerate([where, *text.splitlines()])
        if _TELLING.search(line)
        for vocabulary in vocabularies
        for finding in _in_line(where, number, line, vocabulary)
    )


def require_clean(parts: Mapping[str, str], *, urgent_allowed: bool = False) -> None:
    """Raise Refused with the first mark found, if any."""
    for finding in scan(parts, urgent_allowed=urgent_allowed):
        raise Refused(finding.message, **finding.params)


def check_declared(declaration: Declaration, *, urgent_allowed: bool = False) -> None:
    """Raise Invalid, naming the box, unless the sender has declared everything the rules demand."""
    if not declaration.unclassified:
        raise Invalid("Declare that nothing in the document is classified.", field="unclassified")
    if not declaration.not_urgent and not urgent_allowed:
        raise Invalid("Declare that the document is not urgent.", field="not_urgent")
    if not declaration.official:
        raise Invalid("Declare that the document is official business and no private matter.", field="official")


def _in_line(where: str, number: int, line: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Give at most one finding: a line has one mark of a kind, however many rules see it."""
    plain, origin = _folded(line)
    for place, pattern in _PATTERNS[vocabulary.name].items():
        if match := pattern.search(plain):
            first, last = origin[match.start()], origin[match.end() - 1]
            excerpt = line[max(0, first - _EXCERPT_MARGIN) : last + 1 + _EXCERPT_MARGIN].strip()
            yield Finding(where, number, excerpt, f"{vocabulary.name}: {place}", vocabulary.message)
            return


def _folded(line: str) -> tuple[str, list[int]]:
    """Return the line simplified, half-width, without invisible characters, and where each came from."""
    chars, origin = [], []
    for index, char in enumerate(line):
        for folded in unicodedata.normalize("NFKC", char).translate(_SIMPLIFIED):
            if unicodedata.category(folded) not in {"Cf", "Mn"}:
                chars.append(folded)
                origin.append(index)
    start = next((i for i, char in enumerate(chars) if not char.isspace()), len(chars))
    end = next((i for i in range(len(chars), start, -1) if not chars[i - 1].isspace()), start)
    return "".join(chars[start:end]), origin[start:end]


def _any_of(words: tuple[str, ...]) -> str:
    """Match any of the words, with a few spaces between the characters as titles have them."""
    return "(?:" + "|".join(r"\s{0,3}".join(word) for word in words) + ")"


def _compiled(vocabulary: Vocabulary) -> dict[str, re.Pattern[str]]:
    pieces = {
        "word": _any_of(vocabulary.words),
        "label": _any_of(vocabulary.labels),
        "other": _any_of(tuple(w for each in VOCABULARIES if each is not vocabulary for w in each.words)),
        "tail": vocabulary.tail,
        "open": r"[\[(【〔「]",
        "close": r"[\])】〕」]",
    }
    return {place: re.compile(pattern.format(**pieces)) for place, pattern in PLACES.items()}


_PATTERNS = {vocabulary.name: _compiled(vocabulary) for vocabulary in VOCABULARIES}
