"""What the settings refuse, and what they say."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from buddyhelps.embedded.place import Place

SETTINGS = Path(__file__).parents[2] / "buddyhelps" / "settings.py"
PRODUCTION = {
    "DATABASE_URL": "postgres://app:secret@db.example.com:5432/buddyhelps",
    "REDIS_URL": "redis://redis.example.com/0",
    "SECRET_KEY": "k" * 60,
    "PUBLIC_URL": "https://phone.example.com",
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "MASTER_KEYS": "m" * 48,
    "EMAIL_URL": "smtp+tls://app:p%40ss@mail.example.com",
    "DEFAULT_FROM_EMAIL": "BuddyHelps <hello@example.com>",
}

OPTIONAL = (
    "DATABASE_OWNER_URL",
    "DEBUG",
    "ALLOWED_HOSTS",
    "EMBEDDED_DURABLE",
    "PORT",
    "LISTEN_HOST",
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set but where to write."""
    for name in (*PRODUCTION, *OPTIONAL):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", "")
    monkeypatch.setenv("ENV_FILE", os.devnull)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> dict[str, Any]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "MASTER_KEYS",
        "PUBLIC_URL",
        "TWILIO_AUTH_TOKEN",
        "REDIS_URL",
        "EMAIL_URL",
        "DEFAULT_FROM_EMAIL",
    ],
)
def test_production_does_not_start_without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^Set {name}: "):
        load(monkeypatch, PRODUCTION | {name: ""})


@pytest.mark.parametrize("name", ["SECRET_KEY", "MASTER_KEYS"])
@pytest.mark.parametrize("value", ["secret", "changeme-changeme-changeme-changeme", "a" * 19])
def test_production_does_not_start_with_a_secret_that_can_be_guessed(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} holds a value that can be guessed"):
        load(monkeypatch, {**PRODUCTION, name: value})


def test_production_is_strict_about_https(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(monkeypatch, PRODUCTION | {"ALLOWED_HOSTS": ""})
    assert loaded["SECURE_SSL_REDIRECT"] is True
    assert loaded["SESSION_COOKIE_SECURE"] is True
    assert loaded["CSRF_COOKIE_SECURE"] is True
    assert loaded["SECURE_HSTS_SECONDS"] == 31536000
    assert loaded["ALLOWED_HOSTS"] == ["phone.example.com"]
    assert loaded["DEBUG"] is False


def test_production_has_no_owner_connection_unless_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list(load(monkeypatch, PRODUCTION)["DATABASES"]) == ["default"]
    owner = {"DATABASE_OWNER_URL": "postgres://owner:secret@db.example.com/buddyhelps"}
    assert list(load(monkeypatch, owner)["DATABASES"]) == ["default", "owner"]


def test_production_refuses_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        load(monkeypatch, PRODUCTION | {"PUBLIC_URL": "http://phone.example.com"})
    assert str(refused.value) == (
        "PUBLIC_URL must start with https:// in production, not http://phone.example.com"
    )


@pytest.mark.parametrize(
    "address", ["phone.example.com", "ftp://phone.example.com", "https://", "https://a.example/x"]
)
def test_address_that_carriers_could_not_use_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^PUBLIC_URL must look like https://"):
        load(monkeypatch, PRODUCTION | {"PUBLIC_URL": address})


def test_mail_goes_by_a_server_in_production_and_into_files_at_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at_home = load(monkeypatch, {})
    assert at_home["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert at_home["EMAIL_FILE_PATH"] == str(tmp_path / "mail")
    loaded = load(monkeypatch, PRODUCTION)
    assert loaded["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    assert [loaded[f"EMAIL_{name}"] for name in names] == [
        "mail.example.com",
        587,
        "app",
        "p@ss",
        True,
        False,
    ]
    assert loaded["DEFAULT_FROM_EMAIL"] == "BuddyHelps <hello@example.com>"


@pytest.mark.parametrize("address", ["consolemail://", "dummymail://", "filemail:///tmp/mail"])
def test_mail_that_nobody_gets_is_refused_in_production(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL must look like smtp\+tls://"):
        load(monkeypatch, PRODUCTION | {"EMAIL_URL": address})


def test_other_databases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be a postgres:// address"):
        load(monkeypatch, PRODUCTION | {"DATABASE_URL": "sqlite:///db.sqlite3"})


def test_word_where_a_number_belongs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="eight"):
        load(monkeypatch, {"PORT": "eight"})


def test_own_machine_needs_nothing_and_makes_its_secrets_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = load(monkeypatch, {}), load(monkeypatch, {})
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) == 64
    assert first["TWILIO_AUTH_TOKEN"] not in ("", first["SECRET_KEY"])
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o600}
    assert first["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert first["LISTEN_HOST"] == "127.0.0.1"
    assert first["RECORDINGS_DIR"] == tmp_path / "recordings"
    assert sorted(first["DATABASES"]) == ["default", "owner"]
    assert first["DATABASES"]["default"]["USER"] == "buddyhelps_app"
    assert first["DATABASES"]["owner"]["USER"] == "buddyhelps_owner"


def test_celery_and_channels_use_the_embedded_redis(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded = load(monkeypatch, {"EMBEDDED_REDIS_DATABASE": "3"})
    socket = f"{Place(tmp_path / 'redis').sockets}/redis.sock"
    assert loaded["REDIS_URL"] == f"unix://{socket}?db=3"
    assert loaded["CELERY_BROKER_URL"] == f"redis+socket://{socket}?virtual_host=3"
    assert loaded["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"] == [f"unix://{socket}?db=3"]


def test_voice_settings_come_from_variables_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = load(
        monkeypatch,
        {
            "STT_ENGINE": "parakeet",
            "STT_REPLICAS": "2",
            "STT_DEVICES": "cuda:0,cuda:1",
            "LLM_GPU_SHARE": "0.25",
            "VOICE_FALLBACK": "true",
        },
    )["VOICE"]
    assert (voice.stt_engine, voice.stt_replicas) == ("parakeet", 2)
    assert voice.stt_devices == ("cuda:0", "cuda:1")
    assert voice.llm_gpu_share == 0.25
    assert voice.fallback is True


def test_tasks_may_be_lost_by_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(monkeypatch, {})
    visible_for = loaded["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"]
    assert loaded["CELERY_TASK_ACKS_LATE"] is True
    assert loaded["CELERY_TASK_REJECT_ON_WORKER_LOST"] is True
    assert loaded["CELERY_TASK_SOFT_TIME_LIMIT"] < loaded["CELERY_TASK_TIME_LIMIT"] < visible_for


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file" * 6 + "\n")
    environment = {**PRODUCTION, "SECRET_KEY_FILE": str(tmp_path / "key")}
    del environment["SECRET_KEY"]
    assert load(monkeypatch, environment)["SECRET_KEY"] == "from a file" * 6


def test_talking_by_text_loads_the_models_and_neither_queue_nor_web() -> None:
    script = (
        "import django, sys; django.setup(); import calls.bookings, tenants.selectors; "
        "print([name for name in ('celery', 'redis', 'rich', 'axes') if sys.modules.get(name)])"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "buddyhelps.text_settings"}
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[]\n"
