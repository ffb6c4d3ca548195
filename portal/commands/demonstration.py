"""`portal demo …`: the demo city, its seals, its codes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from babel.support import Translations

from hsm.initialise import read_sheet
from hsm.shares import Purpose
from portal import sealserver
from portal.commands.preparation import shares_folder
from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.demo import ceremonies, codes, joint, seal_matters, support
from portal.demo import load as city
from portal.demo.ceremonies import Shares
from portal.demo.city import UNITS
from portal.people import mobile
from portal.people.roles import ROLE_LABELS
from portal.units import queries as units

TRANSLATIONS = Path(__file__).parent.parent / "translations"
# Units that newcomers register have no seals either, until their ceremony is held.
SEALED = frozenset(row.code for row in UNITS if row.sealed)


def load(settings: Settings) -> None:
    """Load the city and make the seals of its units, but for those whose seals are left to a newcomer."""
    runtime = sealserver.start(settings)
    with unit_of_work(runtime.engine) as session:
        city.load(session, runtime)
        support.load(session, runtime)
    shares = operators_shares(settings)
    with unit_of_work(runtime.engine) as session:
        office = units.office(session)
        for unit in units.all_units(session):
            if unit.code in SEALED:
                ceremonies.make_seals(runtime, session, unit, office, shares)
        seal_matters.load(session, runtime)
    joint.load(runtime)


def operators_shares(settings: Settings) -> Shares:
    """The shares as the two operators would read them from their sheets; in a real city they never meet."""
    folder = shares_folder(settings)
    return Shares(
        read_sheet(folder / "share-a-secrecy-office.txt")[Purpose.CEREMONY_PIN],
        read_sheet(folder / "share-b-information-centre.txt")[Purpose.CEREMONY_PIN],
    )


def code(settings: Settings, account: str) -> str:
    """The account's code and how long it is good."""
    with _opened(settings) as runtime, unit_of_work(runtime.engine, writes=False) as session:
        found = codes.code(session, account)
    wait = f"，{found.wait} 秒后可用" if found.wait else ""
    return f"{found.code}（有效 {found.lasts} 秒{wait}）"


def message(settings: Settings, account: str) -> str:
    """The last short message to the account."""
    with _opened(settings) as runtime, unit_of_work(runtime.engine, writes=False) as session:
        return mobile.last_text(session, account)


def accounts_table(settings: Settings) -> str:
    """The accounts, unit by unit, with their roles in Chinese, the password and how to get a code."""
    catalogue = _chinese()
    with _opened(settings) as runtime, unit_of_work(runtime.engine, writes=False) as session:
        lines, unit = [], ""
        for account in city.accounts(session):
            if account.unit != unit:
                unit = account.unit
                lines.append(f"\n{unit}")
            roles = "、".join(catalogue(ROLE_LABELS[role]) for role in account.roles)
            factor = " *" if account.second_factor else ""
            lines.append(f"  {account.account:<14}{_padded(account.name, 10)}{roles}{factor}")
    sheets = shares_folder(settings)
    lines += [
        "",
        f"密码（全部账号）：{city.password(runtime)}",
        "带 * 的账号需要动态口令：.venv/bin/portal demo code 账号",
        f"仪式口令份额：{sheets}/share-a-secrecy-office.txt（保密室），{sheets}/share-b-information-centre.txt（政务信息中心）",
        "",
    ]
    return "\n".join(lines)


@contextmanager
def _opened(settings: Settings) -> Iterator[Runtime]:
    """The runtime of this process, until the command has read what it shows."""
    with closing(Runtime(settings)) as runtime, runtimes.installed(runtime):
        yield runtime


def _padded(text: str, width: int) -> str:
    """`text` with blanks up to `width` columns; a Han character takes two."""
    used = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(1, width - used)


def _chinese() -> Callable[[str], str]:
    """The portal's own zh_CN catalogue, outside a request."""
    return Translations.load(str(TRANSLATIONS), ["zh_Hans_CN"]).gettext
