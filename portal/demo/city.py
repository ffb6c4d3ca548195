"""The demo city as tables. City, units, codes and people are invented; area code 4599 doesn't exist."""

from __future__ import annotations

from dataclasses import dataclass

from portal.people.roles import Role as R
from portal.units.models import Tier, UnitKind


@dataclass(frozen=True)
class DemoUnit:
    """A unit; `people` are those of PEOPLE under its key."""

    key: str
    code: str
    name: str
    short_name: str
    kind: UnitKind
    document_code: str
    tier: Tier = Tier.CITY
    parent: str | None = None
    is_office: bool = False
    sealed: bool = True
    """Whether its seals are made when the city is loaded."""

    @property
    def red_head(self) -> str:
        """发文机关标志 (GB/T 9704 7.2.4)."""
        return f"{self.name}文件"


@dataclass(frozen=True)
class DemoPerson:
    """A person with the roles held in their unit; `new`: the initial password must be changed first."""

    account: str
    name: str
    division: str
    title: str
    roles: tuple[R, ...]
    new: bool = False


_DEPARTMENT, _DISTRICT = UnitKind.DEPARTMENT, Tier.DISTRICT

UNITS = (
    DemoUnit(
        "office", "11459900MB0A01010G", "南澄市人民政府办公室", "市政府办公室", UnitKind.GOVERNMENT_OFFICE,
        "南政办发", is_office=True,
    ),
    DemoUnit("reform", "11459900MB0A01029D", "南澄市发展和改革委员会", "市发展改革委", _DEPARTMENT, "南发改发"),
    DemoUnit("finance", "11459900MB0A010378", "南澄市财政局", "市财政局", _DEPARTMENT, "南财发"),
    DemoUnit("education", "11459900MB0A010453", "南澄市教育局", "市教育局", _DEPARTMENT, "南教发"),
    DemoUnit("emergency", "11459900MB0A01053X", "南澄市应急管理局", "市应急管理局", _DEPARTMENT, "南应急发"),
    # Without seals, so that a newcomer can apply for them and hold the ceremony.
    DemoUnit("data", "11459900MB0A01061Q", "南澄市数据局", "市数据局", _DEPARTMENT, "南数发", sealed=False),
    DemoUnit("archives", "11459900MB0A0107XG", "南澄市档案局", "市档案局", _DEPARTMENT, "南档发"),
    DemoUnit(
        "east", "11459902MB0A02013X", "澄东区人民政府", "澄东区政府", UnitKind.GOVERNMENT, "澄东政发", _DISTRICT
    ),
    DemoUnit(
        "east-education", "11459902MB0A02021Q", "澄东区教育局", "澄东区教育局", _DEPARTMENT, "澄东教发",
        _DISTRICT, "east",
    ),
    DemoUnit(
        "west", "11459903MB0A03016W", "澄西区人民政府", "澄西区政府", UnitKind.GOVERNMENT, "澄西政发", _DISTRICT
    ),
    DemoUnit(
        "west-data", "11459903MB0A03024P", "澄西区数据局", "澄西区数据局", _DEPARTMENT, "澄西数发",
        _DISTRICT, "west",
    ),
    # About to be renamed; without seals, so that the office can carry it out at once.
    DemoUnit("grain", "11459900MB0A010958", "南澄市粮食局", "市粮食局", _DEPARTMENT, "南粮发", sealed=False),
)  # fmt: skip

_P = DemoPerson
_COUNTER = (R.UNIT_ADMINISTRATOR, R.EXCHANGE_CLERK)
_SEALS = (R.SEAL_CUSTODIAN, R.VERIFICATION_HOLDER, R.HANDLER)

PEOPLE: dict[str, tuple[DemoPerson, ...]] = {
    # The office: the whole main job, the three divisions of the ceremony, and the three separated roles.
    "office": (
        _P("shenmoyan", "沈墨言", "秘书一科", "一级科员", (R.DRAFTER,)),
        _P("liuxinzhi", "柳新知", "秘书一科", "试用期科员", (R.DRAFTER,), new=True),
        _P("guyanqiu", "顾砚秋", "秘书一科", "科长", (R.DEPARTMENT_HEAD,)),
        _P("luwenlan", "陆文澜", "综合科", "科长", (R.OFFICE_HEAD,)),
        _P("sujianzhi", "苏简之", "市政府办公室", "副主任", (R.LEADER,)),
        _P("hongyanbo", "洪砚伯", "市政府办公室", "主任", (R.UNIT_HEAD,)),
        _P("jishutang", "纪书棠", "文印室", "登记员", (R.REGISTRAR, R.ARCHIVIST)),
        _P("youchuanxin", "尤传信", "机要交换站", "收发员", (R.EXCHANGE_CLERK, R.HANDLER)),
        _P("chengyinfang", "程印方", "综合科", "印章管理员", (R.SEAL_CUSTODIAN,)),
        _P("yanzhenzhu", "严珍珠", "综合科", "验证印章持有人", (R.VERIFICATION_HOLDER,)),
        _P("guanrenjie", "管仁杰", "人事科", "科长", (R.UNIT_ADMINISTRATOR,)),
        _P("wenmishu", "文弥舒", "秘书处", "处长", (R.SECRETARIAT, R.PUBLISHER)),
        _P("baomiyan", "鲍谧言", "保密室", "主任", (R.SECRECY_OFFICE,)),
        _P("xinxizhong", "辛溪钟", "政务信息中心", "主任", (R.INFORMATION_CENTRE,)),
        _P("zhengdaguan", "郑达观", "市政府", "秘书长", (R.OFFICE_LEADER,)),
        _P("xitong", "席彤", "政务信息中心", "系统管理员", (R.SYSTEM_ADMINISTRATOR,)),
        _P("anquan", "安荃", "保密室", "安全保密管理员", (R.SECURITY_ADMINISTRATOR,)),
        _P("shenji", "沈霁", "督查室", "安全审计员", (R.AUDITOR,)),
    ),
    # Two departments that can do the whole main job themselves.
    "finance": (
        _P("qianzhishu", "钱知数", "预算科", "二级科员", (R.DRAFTER, R.PUBLISHER)),
        _P("fuyusuan", "傅予算", "预算科", "科长", (R.DEPARTMENT_HEAD,)),
        _P("jinmanbo", "金满柏", "办公室", "主任", (R.OFFICE_HEAD, R.UNIT_ADMINISTRATOR)),
        _P("caijinghe", "蔡敬和", "局领导", "副局长", (R.LEADER,)),
        _P("baoliangong", "鲍廉公", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("zhangbenqing", "章本清", "办公室", "文书", (R.REGISTRAR, R.EXCHANGE_CLERK)),
        _P("yinshoucheng", "尹守诚", "办公室", "印章管理员", (R.SEAL_CUSTODIAN,)),
        _P("hedui", "何对", "办公室", "机要员", (R.VERIFICATION_HOLDER, R.HANDLER, R.ARCHIVIST)),
    ),
    "education": (
        _P("shulangsheng", "舒朗声", "基础教育科", "三级科员", (R.DRAFTER,)),
        _P("xuezhijin", "薛知津", "基础教育科", "科长", (R.DEPARTMENT_HEAD,)),
        _P("linyuren", "林育仁", "办公室", "主任", (R.OFFICE_HEAD, R.UNIT_ADMINISTRATOR)),
        _P("kongxingtan", "孔杏坛", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("bizhenglou", "毕正楼", "办公室", "文书", (R.REGISTRAR, R.EXCHANGE_CLERK)),
        _P("yinxiuqi", "尹修齐", "办公室", "印章管理员", (R.SEAL_CUSTODIAN,)),
        _P("mushouyan", "穆守言", "办公室", "印章密码管理员", (R.SEAL_PASSWORD_HOLDER,)),
        _P("dingduiming", "丁对明", "办公室", "机要员", (R.VERIFICATION_HOLDER, R.HANDLER)),
    ),
    # The others receive, check and print.
    "reform": (
        _P("guihuayuan", "桂华远", "委领导", "主任", (R.UNIT_HEAD,)),
        _P("shoufaliang", "寿发良", "办公室", "文书", _COUNTER),
        _P("yanyinping", "晏印平", "办公室", "机要员", _SEALS),
    ),
    "emergency": (
        _P("pinganshi", "平安士", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("jichuanda", "季传达", "办公室", "文书", _COUNTER),
        _P("fangweiran", "方未然", "办公室", "机要员", _SEALS),
    ),
    "data": (
        _P("yunshuhai", "云书海", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("sulianwang", "苏连望", "办公室", "文书", _COUNTER),
        _P("mayanzheng", "马彦征", "办公室", "机要员", _SEALS),
    ),
    "archives": (
        _P("dianjicang", "典集藏", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("guijuanqi", "桂卷齐", "办公室", "文书", (*_COUNTER, R.ARCHIVIST)),
        _P("cenzhenyu", "岑真宇", "办公室", "机要员", _SEALS),
    ),
    "east": (
        _P("dongfanglan", "东方岚", "区领导", "区长", (R.UNIT_HEAD,)),
        _P("dongguanli", "董观理", "政府办信息科", "交换管理员", (R.DISTRICT_MANAGER,)),
        _P("xuchenguang", "许晨光", "政府办", "机要员", (*_COUNTER, *_SEALS)),
    ),
    "east-education": (
        _P("dongxuehai", "董学海", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("taoliyuan", "陶李园", "办公室", "机要员", (*_COUNTER, *_SEALS)),
    ),
    "west": (
        _P("ximenyue", "西门月", "区领导", "区长", (R.UNIT_HEAD,)),
        _P("xiguanli", "席管礼", "政府办信息科", "交换管理员", (R.DISTRICT_MANAGER,)),
        _P("xiwanzhao", "席晚照", "政府办", "机要员", (*_COUNTER, *_SEALS)),
    ),
    "west-data": (
        _P("shumingde", "舒明德", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("xixinyuan", "奚信源", "办公室", "机要员", (*_COUNTER, *_SEALS)),
    ),
    "grain": (
        _P("gucangshi", "谷仓实", "局领导", "局长", (R.UNIT_HEAD,)),
        _P("maixiangyi", "麦相宜", "办公室", "主任", (*_COUNTER, R.DRAFTER)),
        _P("hedengfeng", "禾登丰", "仓储科", "机要员", _SEALS),
    ),
}  # fmt: skip
