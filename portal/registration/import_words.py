"""The words of import files: headings of columns, and what stands for kinds, tiers and roles, Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from portal.core.text import N_
from portal.people.roles import ROLE_LABELS, Role
from portal.registration.import_models import What
from portal.units.models import UNIT_KIND_LABELS, Tier, UnitKind

T = TypeVar("T")


@dataclass(frozen=True)
class Column:
    """A column: its heading in files we give out, other headings it goes by, its label (a msgid), an example."""

    key: str
    heading: str
    label: str
    others: tuple[str, ...] = ()
    required: bool = False
    example: str = ""


PEOPLE = (
    Column("account", "账号", N_("Account"), ("登录名", "account"), True, "zhangmin"),
    Column("name", "姓名", N_("Person's name"), ("name",), True, "张敏"),
    Column("unit", "单位", N_("Unit"), ("单位名称", "所在单位", "unit"), False, "南澄市财政局"),
    Column("division", "科室", N_("Division"), ("处室", "部门", "division"), False, "办公室"),
    Column("title", "职务", N_("Post"), ("岗位", "post", "title"), False, "科员"),
    Column(
        "mobile", "手机号码", N_("Mobile number"), ("手机", "手机号", "mobile", "mobile number"), False, "13800000001"
    ),
    Column(
        "identity",
        "公民身份号码",
        N_("Identity number"),
        ("身份证号", "身份证号码", "身份号码", "identity number", "identity"),
        False,
        "",
    ),
    Column("roles", "角色", N_("Roles"), ("roles",), False, "拟稿人、收发员"),
)
UNITS = (
    Column(
        "code",
        "组织机构代码",
        N_("Organisation code"),
        ("统一社会信用代码", "代码", "code"),
        True,
        "11450000MB00000010",
    ),
    Column("name", "单位名称", N_("Unit's name"), ("单位全称", "全称", "name"), True, "南澄市粮食局"),
    Column("short_name", "单位简称", N_("Short name"), ("简称", "short name"), False, "市粮食局"),
    Column("kind", "单位类别", N_("Kind of unit"), ("类别", "单位性质", "kind"), True, "部门"),
    Column("tier", "单位层级", N_("Tier"), ("层级", "级别", "tier"), True, "市级单位"),
    Column("parent", "上级单位", N_("Parent unit"), ("主管单位", "parent"), False, "南澄市人民政府办公室"),
    Column("document_code", "机关代字", N_("Document code"), ("发文代字", "document code"), True, "南粮发"),
    Column("red_head", "发文机关标志", N_("Red head"), ("红头", "red head"), False, "南澄市粮食局文件"),
    Column("sort_key", "排序号", N_("Sorting number"), ("排序", "sort"), False, "50"),
)
COLUMNS = {What.PEOPLE: PEOPLE, What.UNITS: UNITS}
IGNORED = frozenset({"序号", "备注", "no", "no.", "remarks"})
"""Columns people keep for themselves."""

_ROLES = {
    Role.UNIT_ADMINISTRATOR: "单位管理员",
    Role.DRAFTER: "拟稿人",
    Role.DEPARTMENT_HEAD: "科室负责人",
    Role.OFFICE_HEAD: "办公室负责人（核稿）、办公室负责人",
    Role.LEADER: "分管领导（签发）、分管领导",
    Role.UNIT_HEAD: "单位主要负责人",
    Role.REGISTRAR: "文印登记员",
    Role.EXCHANGE_CLERK: "收发员",
    Role.SEAL_CUSTODIAN: "签名印章保管人",
    Role.SEAL_PASSWORD_HOLDER: "印章密码保管人",
    Role.VERIFICATION_HOLDER: "验证印章持有人",
    Role.HANDLER: "承办人",
    Role.ARCHIVIST: "档案员",
    Role.PUBLISHER: "信息发布员",
    Role.SECRETARIAT: "秘书处",
    Role.SECRECY_OFFICE: "保密室",
    Role.INFORMATION_CENTRE: "政务信息中心",
    Role.OFFICE_LEADER: "市政府办公室领导",
    Role.DISTRICT_MANAGER: "旗区交换管理员",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全保密管理员",
    Role.AUDITOR: "安全审计员",
}
_KINDS = {
    UnitKind.GOVERNMENT: "政府",
    UnitKind.GOVERNMENT_OFFICE: "政府办公室",
    UnitKind.DEPARTMENT: "部门",
    UnitKind.INSTITUTION: "事业单位",
    UnitKind.TOWNSHIP: "乡镇政府",
    UnitKind.ENTERPRISE: "企业及其他单位、企业",
}
_TIERS = {Tier.CITY: "市级单位、市级、市本级", Tier.DISTRICT: "区县级单位、区县级、区级、旗区"}
_TIER_LABELS = {Tier.CITY: "City", Tier.DISTRICT: "District"}


def plain(text: str) -> str:
    """What two spellings of one word have in common: width, case, spaces and stars aside."""
    return re.sub(r"[\s*]", "", unicodedata.normalize("NFKC", text)).lower()


def _table(words: Mapping[T, str], labels: Mapping[T, str]) -> dict[str, T]:
    table = {plain(word): thing for thing, text in words.items() for word in text.split("、")}
    return table | {plain(str(label)): thing for thing, label in labels.items()}


ROLE_OF = _table(_ROLES, ROLE_LABELS)
KIND_OF = _table(_KINDS, UNIT_KIND_LABELS)
TIER_OF = _table(_TIERS, _TIER_LABELS)
ROLE_WORD = {role: words.partition("、")[0] for role, words in _ROLES.items()}
"""What a list says for a role, and an import reads again."""


def roles_in(text: str) -> list[str]:
    """The words of a cell with several roles."""
    return [word for word in re.split("[、,，;；\n]", text) if word.strip()]
