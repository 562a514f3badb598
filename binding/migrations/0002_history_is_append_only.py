"""Events, changes of bindings and published rules are added, never changed: PostgreSQL refuses everything else."""

from django.db import migrations

TABLES = ("binding_event", "binding_bindingchange", "binding_policyversion")

FUNCTION = """
CREATE FUNCTION binding_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION binding_refuse_change();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION binding_refuse_change();
"""

DROP = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_never_emptied ON {table};
"""


class Migration(migrations.Migration):
    dependencies = [("binding", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION binding_refuse_change()"),
        *(migrations.RunSQL(TRIGGERS.format(table=t), DROP.format(table=t)) for t in TABLES),
    ]
