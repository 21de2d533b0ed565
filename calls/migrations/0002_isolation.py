from django.db import migrations

from tenants.rls import EnableRowLevelSecurity, SameTenant

CALL = "calls_call"
OF_A_CALL = [
    "calls_turn",
    "calls_recording",
    "calls_callevent",
    "calls_lead",
    "calls_booking",
    "calls_message",
    "calls_notice",
]


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial"), ("tenants", "0002_isolation")]

    operations = [
        *[EnableRowLevelSecurity(table) for table in [CALL, *OF_A_CALL, "calls_reservation"]],
        SameTenant(CALL, "profile_id", "tenants_receptionistprofile"),
        *[SameTenant(table, "call_id", CALL) for table in OF_A_CALL],
    ]
