"""The kinds of items, as data: what each is called, who writes it, who approves it. A further kind is a line here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people.policy import PERMISSIONS
from portal.people.roles import LEADERS, Role


class ItemKind(StrEnum):
    """What an item is."""

    ADOPTED_BRIEF = "adopted-brief"
    ARTICLE = "article"
    BRIEF = "brief"
    CIRCULATION = "circulation"
    DIRECT_DELIVERY = "direct-delivery"
    DISCLOSURE = "disclosure"
    JOURNAL_ISSUE = "journal-issue"
    NOTICE = "notice"
    REPORT = "report"
    TASK = "task"
    WORK_STATUS = "work-status"


@dataclass(frozen=True)
class Kind:
    """One kind.

    `endpoint`: the page of an item, called with `item_id`. `draft`: who may write one. `approve`: who must approve it
    before it is published; None: whoever writes it publishes it and answers alone (M-1). `chosen_readers`: the author
    chooses them; otherwise they follow from the kind. `edit`, `readership`, `withdraw`: where it is written, where its
    readers are looked through and where it is withdrawn, if the kind has pages of its own. `private`: nobody but its
    author makes it; colleagues who write see no more of it than anybody. `desk`: the kind asks for an act of those it
    names; whoever stands in for one of them in one of these roles has it on the desk too. Empty: what names a person is
    for that person (decision 24).
    """

    label: str
    icon: str
    endpoint: str
    draft: Permission
    approve: Permission | None = None
    chosen_readers: bool = True
    edit: str = "content.edit"
    readership: str = "content.readership"
    withdraw: str | None = None
    private: bool = False
    desk: frozenset[Role] = frozenset()


def _holding(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role, permissions in PERMISSIONS.items() if permission in permissions)


# Reading what was handed over, and saying a word on it, is the business of whoever writes; and of the office's leader.
_WORK = _holding(Permission.CONTENT_WRITE) | LEADERS
_WRITE, _APPROVE, _PUBLISH = Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE, Permission.CONTENT_PUBLISH
KINDS: dict[ItemKind, Kind] = {
    # What the office makes of the government information sent to it.
    ItemKind.ADOPTED_BRIEF: Kind(N_("Adopted information"), "book", "briefs.adopted", Permission.BRIEFS_EDIT, _APPROVE),
    ItemKind.ARTICLE: Kind(N_("Article"), "article", "journals.article", _WRITE, chosen_readers=False),
    ItemKind.BRIEF: Kind(
        N_("Government information"), "file-text", "briefs.brief", _WRITE, _APPROVE, chosen_readers=False
    ),
    ItemKind.CIRCULATION: Kind(
        N_("Circulation"),
        "repeat",
        "notices.circulation",
        _WRITE,
        chosen_readers=False,
        edit="notices.edit_passing",
        readership="notices.receipts",
        private=True,
        desk=_WORK,
    ),
    ItemKind.DIRECT_DELIVERY: Kind(
        N_("Direct delivery"),
        "send",
        "notices.delivery",
        _WRITE,
        chosen_readers=False,
        edit="notices.edit_passing",
        readership="notices.receipts",
        private=True,
        desk=_WORK,
    ),
    ItemKind.DISCLOSURE: Kind(
        N_("Disclosure"),
        "world",
        "disclosure.item",
        _WRITE,
        _APPROVE,
        chosen_readers=False,
        withdraw="disclosure.withdraw_item",
    ),
    ItemKind.JOURNAL_ISSUE: Kind(N_("Journal issue"), "news", "journals.issue", _PUBLISH, _APPROVE),
    ItemKind.NOTICE: Kind(
        N_("Notice"), "bell", "notices.notice", _WRITE, edit="notices.edit", readership="notices.receipts"
    ),
    ItemKind.REPORT: Kind(N_("Special report"), "report", "reports.report", _WRITE, _APPROVE, desk=LEADERS),
    ItemKind.TASK: Kind(
        N_("Task request"),
        "checklist",
        "tasks.task",
        Permission.TASKS_REQUEST,
        chosen_readers=False,
        edit="tasks.edit",
        desk=_holding(Permission.TASKS_HANDLE),
    ),
    ItemKind.WORK_STATUS: Kind(N_("Work status"), "activity", "workstatus.entry", _WRITE, _APPROVE),
}


def kind_of(value: str) -> Kind:
    """The line of a kind."""
    return KINDS[ItemKind(value)]
