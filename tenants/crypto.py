"""Seals what callers said, so that a copied disk or backup tells nothing.

Envelope encryption: each tenant has a data key (AES-256-GCM); it lies in the database sealed by a
master key, which lies in MASTER_KEYS outside the database. What is sealed is bound to its tenant
and purpose: moved elsewhere it does not open. Keys are read once in each scope.
"""

import base64
import hashlib
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Max

from tenants.audit import audit
from tenants.context import require_scope, tenant_context, unscoped
from tenants.models import Tenant, TenantKey
from tenants.models.audit import AuditKind

KEY_BYTES = 32
NONCE_BYTES = 12
HEADER = struct.Struct(">4sQI")  # format, tenant, key version
FORMAT = b"BHS1"


class SealBroken(RuntimeError):
    """What should be opened was changed, is not ours, or its key is gone."""


def seal(data: bytes, *, tenant_id: int, purpose: str) -> bytes:
    """`data` as only this tenant can open it again, for the same `purpose`. Needs a scope."""
    version, key = sealing_key(tenant_id)
    header = HEADER.pack(FORMAT, tenant_id, version)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, data, header + purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """What was sealed for `purpose`. Needs its tenant's scope. Raises SealBroken."""
    if len(sealed) < HEADER.size + NONCE_BYTES:
        raise SealBroken(f"{len(sealed)} bytes are too short to be sealed {purpose}")
    header, rest = sealed[: HEADER.size], sealed[HEADER.size :]
    format_, tenant_id, version = HEADER.unpack(header)
    if format_ != FORMAT:
        raise SealBroken(f"sealed {purpose} begins with {format_!r}, not {FORMAT!r}")
    key = opening_key(tenant_id, version)
    try:
        return AESGCM(key).decrypt(
            rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + purpose.encode()
        )
    except InvalidTag as error:
        raise SealBroken(f"sealed {purpose} of tenant {tenant_id} was changed") from error


def sealing_key(tenant_id: int) -> tuple[int, bytes]:
    """The tenant's newest key with its version; its first one is made here."""
    keys = _keys(tenant_id)
    if not keys:
        _key_add(tenant_id, 1)
        keys = _stored_keys(tenant_id)  # not remembered: a savepoint may yet take it back
    version = max(keys)
    return version, keys[version]


def opening_key(tenant_id: int, version: int) -> bytes:
    """That key. Raises SealBroken if it is gone, or another tenant's than the active one."""
    key = _keys(tenant_id).get(version) or _stored_keys(tenant_id).get(version)
    if key is None:
        raise SealBroken(f"key {version} of tenant {tenant_id} is not to be had here")
    return key


def tenant_key_renew(*, tenant: Tenant, reason: str) -> int:
    """Seal what comes from now on with a new key; its version. Older data opens as before."""
    with tenant_context(tenant):
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        version = (TenantKey.objects.aggregate(last=Max("version"))["last"] or 0) + 1
        _key_add(tenant.pk, version)
        audit(AuditKind.KEYS, subject=f"key {version}", reason=reason)
    return version


def master_key_adopt() -> int:
    """Seal every tenant's keys by the newest master key; how many were not yet.

    Once it is done (and backups older than it are gone) the older ones can leave MASTER_KEYS.
    """
    newest, _ = _masters()[0]
    changed = 0
    with unscoped(reason="adopt a new master key"):
        for row in TenantKey.objects.select_for_update().exclude(master=newest):
            owner: int = row.tenant_id  # type: ignore[assignment] # never null
            row.master, row.wrapped = _wrapped(owner, row.version, _unwrapped(row))
            row.save(update_fields=["master", "wrapped"])
            changed += 1
        if changed:
            audit(AuditKind.KEYS, subject=f"master {newest}", after={"keys": changed})
    return changed


def secret_seal(text: str, *, purpose: str) -> str:
    """`text` under the newest master key itself: for secrets of people, who belong to no tenant."""
    name, master = _masters()[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(master).encrypt(nonce, text.encode(), purpose.encode())
    return f"{name}:{base64.b64encode(sealed).decode()}"


def secret_unseal(sealed: str, *, purpose: str) -> str:
    """What `secret_seal` sealed for this purpose. Raises SealBroken."""
    name, _, data = sealed.partition(":")
    master = dict(_masters()).get(name)
    if master is None:
        raise SealBroken(f"{purpose} is sealed by master key {name}, which is not in MASTER_KEYS")
    raw = base64.b64decode(data)
    try:
        opened = AESGCM(master).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
    except InvalidTag as error:
        raise SealBroken(f"sealed {purpose} was changed in the database") from error
    return opened.decode()


def secret_is_newest(sealed: str) -> bool:
    """Whether the newest master key sealed it."""
    return sealed.partition(":")[0] == _masters()[0][0]


def _keys(tenant_id: int) -> dict[int, bytes]:
    """The tenant's keys as this scope first saw them."""
    scope = require_scope("a tenant's key")
    if tenant_id not in scope.keys:
        scope.keys[tenant_id] = _stored_keys(tenant_id)
    return scope.keys[tenant_id]


def _stored_keys(tenant_id: int) -> dict[int, bytes]:
    rows = TenantKey.objects.filter(tenant_id=tenant_id)
    return {row.version: _unwrapped(row) for row in rows}


def _key_add(tenant_id: int, version: int) -> None:
    master, wrapped = _wrapped(tenant_id, version, os.urandom(KEY_BYTES))
    row = TenantKey(tenant_id=tenant_id, version=version, master=master, wrapped=wrapped)
    TenantKey.objects.bulk_create([row], ignore_conflicts=True)  # whoever comes first decides


def _wrapped(tenant_id: int, version: int, key: bytes) -> tuple[str, bytes]:
    name, master = _masters()[0]
    nonce = os.urandom(NONCE_BYTES)
    return name, nonce + AESGCM(master).encrypt(nonce, key, f"{tenant_id} {version}".encode())


def _unwrapped(row: TenantKey) -> bytes:
    wrapped = bytes(row.wrapped)
    master = dict(_masters()).get(row.master)
    if master is None:
        raise SealBroken(
            f"{row} is sealed by master key {row.master}, which is not in MASTER_KEYS; add it"
        )
    told = f"{row.tenant_id} {row.version}".encode()
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], told)
    except InvalidTag as error:
        raise SealBroken(f"{row} was changed in the database") from error


def _masters() -> list[tuple[str, bytes]]:
    """Name and key of each secret in MASTER_KEYS, newest first."""
    derived = [
        HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"buddyhelps master key").derive(
            secret.encode()
        )
        for secret in settings.MASTER_KEYS
    ]
    return [(hashlib.sha256(key).hexdigest()[:16], key) for key in derived]
