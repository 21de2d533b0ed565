from django.db import migrations

from tenants.rls import AppendOnly, EnableRowLevelSecurity, Immutable, SameTenant, WrittenTogether

PARTS = ["tenants_service", "tenants_openinghours", "tenants_arrivalwindow"]
PROFILE = "tenants_receptionistprofile"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        EnableRowLevelSecurity("tenants_tenant", "id"),
        SameTenant("tenants_tenant", "current_profile_id", PROFILE, "id"),
        *[
            EnableRowLevelSecurity(table)
            for table in [
                "tenants_membership",
                "tenants_phonenumber",
                "tenants_auditentry",
                PROFILE,
                *PARTS,
            ]
        ],
        *[SameTenant(table, "profile_id", PROFILE) for table in PARTS],
        *[WrittenTogether(table, "profile_id", PROFILE) for table in PARTS],
        *[Immutable(table) for table in [PROFILE, *PARTS]],
        AppendOnly("tenants_auditentry"),
    ]
