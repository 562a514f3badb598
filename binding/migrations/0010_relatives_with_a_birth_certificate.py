from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("binding", "0009_window_and_moving_in")]

    operations = [
        migrations.AlterField(
            model_name="application",
            name="entered_id_type",
            field=models.CharField(
                choices=[
                    ("01", "居民身份证"),
                    ("04", "港澳居民来往内地通行证"),
                    ("06", "台湾居民来往大陆通行证"),
                    ("07", "外国人永久居留身份证"),
                    ("08", "护照"),
                    ("16", "港澳台居民居住证"),
                    ("99", "出生医学证明"),
                ],
                default="01",
                max_length=2,
            ),
        ),
    ]
