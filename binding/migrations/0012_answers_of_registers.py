from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("binding", "0011_rechecks")]

    operations = [
        migrations.AddField(
            "check", "about", models.CharField(blank=True, default="", max_length=100), preserve_default=False
        ),
        migrations.AddField("check", "incomplete", models.BooleanField(default=False)),
    ]
