"""What only notices have."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import Item
from portal.core.db import Base


class Notice(Base):
    """A notice: an item that its author publishes; `of_unit`: it speaks for the unit (OP6)."""

    __tablename__ = "notice"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    of_unit: Mapped[bool] = mapped_column(default=False)

    item: Mapped[Item] = relationship()
