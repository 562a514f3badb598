"""The reasons staff may give. Words in braces are filled in: by the machine, or by the reviewer."""

from django.db import migrations

REASONS = [
    ("B01", "模糊或反光", "{材料}反光,{内容}看不清。请关闪光灯重拍。", "yes"),
    ("B02", "拍不全", "{材料}缺了{部分}。请把四个角都拍进来。", "yes"),
    ("B03", "缺页", "还缺{材料}里{谁}本人那一页。", "yes"),
    ("B04", "与填写不一致", "证件上是“{证件上}”,您填的是“{填写的}”。请改一处。", "yes"),
    ("B05", "证明不了所选关系", "您选的是“{关系}”,{材料}证明不了。请换一份:{可用材料}。", "yes"),
    ("B06", "传错文件", "这张是{实际材料},我们需要{材料}。", "yes"),
    ("B07", "家人还没同意", "材料合格,只等{家人}同意。请提醒家人登录或打 {电话}。", "yes"),
    (
        "J01",
        "不在近亲属范围",
        "这不是您填错了。可以共用的是近亲属,爱人的父母不在里面({依据})。"
        "爱人参加了职工医保的,请爱人自己登录,给自己的父母开通。",
        "no",
    ),
    (
        "J02",
        "家人未参保或停保",
        "{家人}现在没有参加基本医保。参保生效后可以再办。怎么参保,请打 {电话}。",
        "later",
    ),
    (
        "J03",
        "不在可共济地区",
        "管您医保的地方和管{家人}医保的地方还没有开通。家人看病照常用自己的医保。"
        "在外省参保的,请用“医保钱包”。",
        "no",
    ),
    (
        "J04",
        "申请人没有个人账户",
        "您参加的是{险种},没有个人账户,不能给家人用。家人有职工医保的可以给您开通。",
        "no",
    ),
    ("J05", "已绑定或人数满", "{情况}", "no"),
    ("J06", "家人不同意", "家人没有同意,这次不能开通。原因我们不便说明。", "no"),
    ("J07", "参保状态需核实", "我们需要当面核实一项信息,请带证件到{窗口}或打 {电话}。", "window"),
    ("J08", "材料存疑", "材料需要进一步核实,最晚{日期}答复。", "review"),
]


def add(apps, schema_editor):
    """Add the catalogue; a supervisor may reword it later."""
    rows = [
        {"code": code, "label": label, "sentence": sentence, "fix": fix, "order": order}
        for order, (code, label, sentence, fix) in enumerate(REASONS, start=1)
    ]
    apps.get_model("binding", "Reason").objects.bulk_create(
        [apps.get_model("binding", "Reason")(**row) for row in rows]
    )


class Migration(migrations.Migration):
    dependencies = [("binding", "0002_history_is_append_only")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
