from django.db import migrations

from tenants.rls import AppendOnly, EnableRowLevelSecurity

KNOWS_ITS_CALL = """
CREATE FUNCTION billing_usageentry_knows_its_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM calls_call WHERE id = NEW.call_id AND tenant_id = NEW.tenant_id) THEN
    RAISE EXCEPTION 'tenant % has no call %', NEW.tenant_id, NEW.call_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("calls", "0002_isolation")]

    operations = [
        EnableRowLevelSecurity("billing_usageentry"),
        EnableRowLevelSecurity("billing_outboxrow"),
        AppendOnly("billing_usageentry"),
        migrations.RunSQL(
            [
                KNOWS_ITS_CALL,
                "CREATE TRIGGER knows_its_call BEFORE INSERT ON billing_usageentry"
                " FOR EACH ROW EXECUTE FUNCTION billing_usageentry_knows_its_call()",
            ],
            [
                "DROP TRIGGER knows_its_call ON billing_usageentry",
                "DROP FUNCTION billing_usageentry_knows_its_call()",
            ],
        ),
    ]
