from django.db import migrations

import tenants.fields


class Migration(migrations.Migration):
    """From before anything was stored in earnest: turns in the clear are dropped, not sealed."""

    dependencies = [("calls", "0002_isolation"), ("tenants", "0003_keys")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SELECT set_config('app.unscoped', 'on', true)",
                        "DELETE FROM calls_turn",
                        "SET CONSTRAINTS ALL IMMEDIATE",
                        "ALTER TABLE calls_turn ALTER COLUMN text TYPE bytea"
                        " USING convert_to(text, 'UTF8')",
                    ],
                    [
                        "SELECT set_config('app.unscoped', 'on', true)",
                        "DELETE FROM calls_turn",
                        "SET CONSTRAINTS ALL IMMEDIATE",
                        "ALTER TABLE calls_turn ALTER COLUMN text TYPE text"
                        " USING convert_from(text, 'UTF8')",
                    ],
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "turn", "text", tenants.fields.SealedTextField(blank=True)
                )
            ],
        )
    ]
