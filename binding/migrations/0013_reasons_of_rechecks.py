"""What staff may say of a promise that proved untrue."""

from django.db import migrations, models

REASONS = [
    ("K01", "关系不真实", "核对到的关系,和您承诺的“{关系}”不一致。"),
    ("K02", "没有按时交材料", "请您补的材料到期没有收到,承诺的关系证明不了。"),
    ("K03", "材料不真实", "交来的材料和登记的不一致:{不一致}。"),
]


def add(apps, schema_editor):
    """Add them behind the others; a supervisor may reword them later."""
    reason = apps.get_model("binding", "Reason")
    reason.objects.bulk_create(
        [
            reason(code=code, label=label, sentence=sentence, fix="check", order=order)
            for order, (code, label, sentence) in enumerate(REASONS, start=50)
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("binding", "0012_answers_of_registers")]

    operations = [
        migrations.AlterField(
            model_name="reason",
            name="fix",
            field=models.CharField(
                choices=[
                    ("yes", "可以补"),
                    ("no", "不能补"),
                    ("later", "以后可以"),
                    ("window", "到窗口"),
                    ("review", "转复核"),
                    ("check", "抽查不实"),
                ],
                max_length=6,
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
