"""E-mail addresses identify people; second factors may be asked for."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import migrations, models

KINDS = [
    ('unscoped', 'Worked across tenants'),
    ('tenant', 'Changed the account'),
    ('profile', 'Changed the receptionist'),
    ('member', 'Changed the team'),
    ('number', 'Changed the numbers'),
    ('log_in', 'Logged in'),
    ('refused', 'Was refused a log-in'),
    ('password', 'Changed the password'),
    ('email', 'Changed the e-mail address'),
    ('second_factor', 'Changed a second factor'),
    ('session', 'Ended sessions'),
    ('export', 'Exported data'),
    ('import', 'Imported data'),
    ('erase', 'Erased data'),
    ('retention', 'Removed what was kept long enough'),
    ('keys', 'Changed encryption keys'),
    ('impersonation', "Operator's look"),
    ('access_code', 'Read an access code'),
]


def addresses_take_over(apps, schema_editor):
    """Who logged in by a user name that is an address logs in by that address."""
    alias = schema_editor.connection.alias
    for user in apps.get_model('auth', 'User').objects.using(alias).all():
        email = (user.email or user.username).strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            continue  # manage.py set_email gives them one
        if email != user.email:
            user.email = email
            user.save(update_fields=['email'])


def sessions_end(apps, schema_editor):
    """Every session is opened by the door that asks for second factors, so by a new log-in."""
    apps.get_model('sessions', 'Session').objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0007_impersonation'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('sessions', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='requires_mfa',
            field=models.BooleanField(default=False, help_text='Members see nothing of it until they have set up a second factor.', verbose_name='second factor required'),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='kind',
            field=models.CharField(choices=KINDS, max_length=16),
        ),
        migrations.RunPython(addresses_take_over, migrations.RunPython.noop),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX one_account_an_address ON auth_user (lower(email)) WHERE email <> ''",
            "DROP INDEX one_account_an_address",
        ),
        migrations.RunPython(sessions_end, migrations.RunPython.noop),
    ]
