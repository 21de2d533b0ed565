"""Everything a tenant owns as one file, to hand over or to bring into another installation.

A zip: manifest.json (the account and the people its rows name), rows/<app.model>.jsonl (a row a
line, transcripts in the clear) and recordings/<call>.wav (unsealed). Whoever holds it can read it.
"""

import errno
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.contrib.auth.models import User
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction

from calls.models import Recording
from calls.recordings import recording_file, recording_import, recording_open
from tenants.accounts.addresses import person_with
from tenants.audit import audit
from tenants.context import tenant_context
from tenants.models import ReceptionistProfile, Tenant
from tenants.models.audit import AuditKind
from tenants.owned import TenantOwned
from tenants.services import tenant_create

FORMAT = 1
LEFT_OUT = {
    "tenants.TenantKey": "keys never leave the house; the importing one makes its own",
    "calls.CalendarFeed": "an address of this house; the importing one makes its own",
    "tenants.Impersonation": "our operators' looks, named in the log",
    "calls.Reservation": "places in our machines, gone with the call",
    "calls.Notice": "sent or to be sent from here, once",
    "billing.OutboxRow": "sent or to be sent from here, once",
}
"""What is the tenant's but not taken along, and why."""

SETTINGS = (
    "timezone",
    "max_concurrent_calls",
    "requires_mfa",
    "audio_retention_days",
    "transcript_retention_days",
)
BATCH = 500


class ArchiveRefused(RuntimeError):
    """The archive cannot be brought in; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Contents:
    """How much is in an archive."""

    rows: int
    recordings: int


def archived_models() -> list[type[TenantOwned]]:
    """Every tenant-owned model that is taken along, those pointed at before those that point."""
    ours = [model for model in apps.get_models() if issubclass(model, TenantOwned)]
    found: list[type[TenantOwned]] = []

    def add(model: type[TenantOwned]) -> None:
        if model in found:
            return
        for field in _references(model):
            if field.related_model is not model and field.related_model in ours:
                add(field.related_model)
        found.append(model)

    for model in ours:
        add(model)
    return [model for model in found if model._meta.label not in LEFT_OUT]


def tenant_export(*, tenant: Tenant, target: Path, reason: str) -> Contents:
    """Write the tenant's archive to `target`, for its owner's eyes alone: all of it or nothing.

    Raises FileExistsError rather than overwrite, OSError or SealBroken.
    """
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    making = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(making, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            found = _write(tenant, file, reason)
            file.flush()
            os.fsync(file.fileno())
        os.link(making, target)  # unlike a rename it never replaces
    finally:
        making.unlink(missing_ok=True)
    return found


def _write(tenant: Tenant, file: BinaryIO, reason: str) -> Contents:
    rows = recordings = 0
    people: set[int] = set()
    with tenant_context(tenant), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        audit(AuditKind.EXPORT, subject=tenant.slug, reason=reason)
        for model in archived_models():
            lines = []
            for row in _plain_rows(model):
                lines.append(json.dumps(row, cls=DjangoJSONEncoder))
                people |= {row["fields"][name] or 0 for name in _people_in(model)}
            archive.writestr(f"rows/{model._meta.label}.jsonl", "\n".join(lines))
            rows += len(lines)
        for recording in Recording.objects.all():
            if recording_file(recording).exists():
                wav = recording_open(recording)
                archive.writestr(f"recordings/{recording.call_id}.wav", wav.read(0, wav.size))
                recordings += 1
        manifest = {
            "format": FORMAT,
            "slug": tenant.slug,
            "name": tenant.name,
            "settings": {name: getattr(tenant, name) for name in SETTINGS},
            "current_profile": tenant.current_profile_id,
            "people": dict(User.objects.filter(pk__in=people).values_list("pk", "email")),
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=2))
    return Contents(rows, recordings)


def tenant_import(*, source: Path, slug: str = "", reason: str) -> tuple[Tenant, Contents]:
    """Bring an archive in as a new tenant, all or nothing. Raises ArchiveRefused or OSError.

    People are known by their e-mail address; who is new gets an account without a password. Rows
    get new ids; calls keep theirs, so an archive can be brought into one installation only once.
    """
    written: list[Path] = []
    try:
        with zipfile.ZipFile(source) as archive, transaction.atomic():
            manifest = json.loads(archive.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise ArchiveRefused(f"{source} has format {manifest.get('format')}, not {FORMAT}")
            tenant = tenant_create(
                slug=slug or manifest["slug"],
                name=manifest["name"],
                timezone=manifest["settings"]["timezone"],
            )
            with tenant_context(tenant):
                contents = _Import(archive, manifest, tenant, written).run()
                audit(AuditKind.IMPORT, subject=tenant.slug, reason=reason)
        return tenant, contents
    except (IntegrityError, ValidationError, KeyError, zipfile.BadZipFile, ValueError) as error:
        _remove(written)
        raise ArchiveRefused(f"{source} cannot be brought in: {error}") from error
    except BaseException:
        _remove(written)
        raise


class _Import:
    """One archive on its way in: knows under which id each old row is stored now."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        manifest: dict[str, Any],
        tenant: Tenant,
        written: list[Path],
    ) -> None:
        self.archive, self.manifest, self.tenant, self.written = archive, manifest, tenant, written
        self.now: dict[tuple[type[models.Model], str], Any] = {}

    def run(self) -> Contents:
        rows = sum(self._model(model) for model in archived_models())
        for name in SETTINGS:
            if name in self.manifest["settings"]:  # older archives know fewer
                setattr(self.tenant, name, self.manifest["settings"][name])
        current = self.manifest["current_profile"]
        self.tenant.current_profile_id = (
            None if current is None else self.now[ReceptionistProfile, str(current)]
        )
        self.tenant.save()
        recordings = 0
        for recording in Recording.objects.all():
            name = f"recordings/{recording.call_id}.wav"
            if name in self.archive.namelist():
                self.written.append(recording_file(recording))
                recording_import(recording, self.archive.read(name))
                recordings += 1
        return Contents(rows, recordings)

    def _model(self, model: type[TenantOwned]) -> int:
        text = self.archive.read(f"rows/{model._meta.label}.jsonl").decode()
        lines = [json.loads(line) for line in text.splitlines()]
        for at in range(0, len(lines), BATCH):
            batch = lines[at : at + BATCH]
            stored = model._default_manager.bulk_create([self._row(model, line) for line in batch])
            for line, row in zip(batch, stored, strict=True):
                self.now[model, str(line["pk"])] = row.pk
        return len(lines)

    def _row(self, model: type[TenantOwned], line: dict[str, Any]) -> TenantOwned:
        values: dict[str, Any] = {"tenant": self.tenant}
        key = model._meta.pk
        if not isinstance(key, models.AutoField | models.BigAutoField):
            values[key.attname] = key.to_python(line["pk"])
        for field in model._meta.concrete_fields:
            if field.name not in line["fields"] or field.name == "tenant":
                continue
            if model is ReceptionistProfile and field.name == "created_at":
                continue  # its parts are written in this transaction (WrittenTogether)
            values[field.attname] = self._value(field, line["fields"][field.name])
        if model is Recording:
            values["path"] = f"{self.tenant.pk}/{values['call_id']}.sealed"
        return model(**values)

    def _value(self, field: Any, value: Any) -> Any:
        if value is None or not isinstance(field, models.ForeignKey):
            return field.to_python(value)
        if field.related_model is User:
            return self._person(value, must_exist=not field.null)
        return self.now[field.related_model, str(value)]

    def _person(self, old: int, *, must_exist: bool) -> int | None:
        email = self.manifest["people"].get(str(old))
        if email is None:
            return None
        person = person_with(email)
        if person is None and must_exist:
            person = User.objects.create_user(username=email, email=email)  # no usable password
        return None if person is None else person.pk


def _references(model: type[models.Model]) -> "list[models.ForeignKey[Any, Any]]":
    return [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]


def _people_in(model: type[models.Model]) -> list[str]:
    return [field.name for field in _references(model) if field.related_model is User]


def _plain_rows(model: type[TenantOwned]) -> Iterator[dict[str, Any]]:
    rows = model._default_manager.order_by("pk").iterator(chunk_size=BATCH)
    yield from serializers.serialize("python", rows)


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
