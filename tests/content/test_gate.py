"""The content gate finds marks and leaves sentences alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.gate import CLASSIFIED, URGENT, Declaration, check_declared, require_clean, scan
from portal.core.errors import Invalid, Refused

pytestmark = pytest.mark.req("D-11")

SECRECY_MARKS = [
    "机密★1年",
    "机密★",
    "绝密★启用前",
    "秘密☆长期",
    "机密*5年",
    "机密＊５年",
    "机　密",
    "机 密",
    "机密",
    "　　绝密　　",
    "絕密",
    "機密★十年",
    "祕密",
    "机\u200b密★1年",
    "机密级",
    "机密 10年",
    "秘密6个月",
    "000012  机密★1年",
    "000012 机密",
    "机密  特急",
    "机密\t特急",
    "特急 绝密",
    "【机密】",
    "【机密】关于报送装备数量的通知",
    "（秘密）关于报送装备数量的通知",
    "关于报送装备数量的通知(机密)",
    "密级：机密",
    "密级:秘密",
    "密 级：绝　密",
    "密级：机密级",
    "密級：機密",
    "密级 机密",
    "密级\t机密\t紧急程度\t平件",
    "保密等级：秘密",
    "密级：☑机密 □秘密",
    "密级：□绝密 ■机密 □秘密",
    "本件为机密★件，请妥善保管。",
    "机密    南澄市人民政府文件",
]

NO_SECRECY_MARKS = [
    "各单位要认真学习《中华人民共和国保守国家秘密法》。",
    "中华人民共和国保守国家秘密法",
    "不得泄露商业秘密和个人隐私。",
    "商业秘密",
    "国家秘密",
    "工作秘密",
    "密级公文不得传输。",
    "（一）密级（秘密以上）文件；",
    "(一)密級(秘密以上)檔案;",
    "机密文件不得通过互联网传递。",
    "机密、秘密级文件由机要交通传递。",
    "国家秘密的密级分为绝密、机密、秘密三级。",
    "绝密级、机密级、秘密级",
    "密级：绝密、机密、秘密",
    "密级：绝密/机密/秘密/无",
    "密级：秘密以上的文件不得上传",
    "密级：□绝密 □机密 □秘密 ☑无",
    "密级：无",
    "密级\t绝密\t机密\t秘密",
    "绝密\t机密\t秘密\t合计",
    "绝密级不超过三十年，机密级不超过二十年，秘密级不超过十年。",
    "飞机密度较大的航线",
    "司机密切配合交警。",
    "秘密。",
    "机密性、完整性和可用性",
    "确保数据的机密性",
    "所有密级文件不得通过无纸化传输。",
    "三、加强机密文件管理",
    "机密文件柜 2个",
    "保密委员会",
    "脱密下载后的公文视同复印件。",
    "2. 秘密载体的销毁",
]

URGENCY_MARKS = [
    "特急",
    "特　急",
    "加急",
    "急件",
    "特急件",
    "【特急】关于启动应急响应的通知",
    "紧急程度：特急",
    "緊急程度：加急",
    "紧急程度：☑加急 □平件",
    "特提",
]

NO_URGENCY_MARKS = [
    "（二）急件，特急件；",
    "请加急办理。",
    "特急公文应当随到随办。",
    "遇有急件应先电话通知。",
    "紧急程度：一般",
    "紧急程度：特急、加急、平急",
    "加急审批的事项除外",
    "应急件数统计",
]


@pytest.mark.parametrize("line", SECRECY_MARKS)
def test_a_secrecy_mark_is_found(line: str) -> None:
    findings = scan({"正文": f"关于防汛工作的通知\n{line}\n各区人民政府："})
    assert CLASSIFIED in {finding.message for finding in findings}
    assert {finding.line for finding in findings} == {2}


@pytest.mark.parametrize("line", NO_SECRECY_MARKS)
def test_a_sentence_about_secrecy_is_left_alone(line: str) -> None:
    assert scan({"正文": f"通知\n{line}\n特此通知。"}) == ()


@pytest.mark.parametrize("line", URGENCY_MARKS)
def test_an_urgency_mark_is_found_only_where_the_rules_bar_it(line: str) -> None:
    assert [finding.message for finding in scan({"正文": line})] == [URGENT]
    assert scan({"正文": line}, urgent_allowed=True) == ()


@pytest.mark.parametrize("line", NO_URGENCY_MARKS)
def test_a_sentence_about_urgency_is_left_alone(line: str) -> None:
    assert scan({"正文": line}) == ()


@given(
    st.sampled_from("绝机秘"),
    st.text(alphabet=" 　\u200b", max_size=3),
    st.sampled_from(["", " ", "　"]),
    st.sampled_from("★☆⭐"),
    st.text(alphabet="关于做好防汛工作的通知，。", max_size=20),
)
def test_a_starred_mark_is_found_wherever_it_stands(
    level: str, between: str, before: str, star: str, around: str
) -> None:
    (finding,) = scan({"正文": f"{around}{level}{between}密{before}{star}{around}"})
    assert star in finding.excerpt


def test_a_finding_says_where_and_shows_the_place() -> None:
    (finding,) = scan({"标题": "关于防汛的通知", "附件：名单.docx": "名单\n　密级：机　密　\n"})
    assert (finding.where, finding.line, finding.excerpt) == ("附件：名单.docx", 2, "密级：机　密")
    assert finding.message % finding.params == (
        "附件：名单.docx carries a classified mark: “密级：机　密”. "
        "Classified documents can't be exchanged here; send it through the confidential channel."
    )


def test_a_file_name_is_looked_at_too() -> None:
    assert [finding.line for finding in scan({"【机密】名单.pdf": ""})] == [0]
    assert scan({"机密文件清退办法.pdf": ""}) == ()


def test_a_mark_stops_the_document_with_a_sentence() -> None:
    with pytest.raises(Refused, match="classified mark: “机密★1年”"):
        require_clean({"正文": "机密★1年"})
    require_clean({"正文": "机密文件不得上网。"})


@pytest.mark.parametrize("missing", ["unclassified", "not_urgent", "official"])
def test_each_declaration_is_required(missing: str) -> None:
    ticked = {"unclassified": True, "not_urgent": True, "official": True}
    check_declared(Declaration(**ticked))
    with pytest.raises(Invalid) as refusal:
        check_declared(Declaration(**{**ticked, missing: False}))
    assert refusal.value.field == missing


def test_urgency_is_not_asked_about_where_the_rules_let_it_pass() -> None:
    check_declared(Declaration(unclassified=True, not_urgent=False, official=True), urgent_allowed=True)
