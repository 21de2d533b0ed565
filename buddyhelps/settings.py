"""Every setting, read once from the environment (or .env), each with why it is there.

Three ways to run. Without DATABASE_URL this is somebody's own machine: embedded servers, secrets
made up once below var/. With DATABASE_URL it is production, and whatever must not be a default is
asked for by name. With DEBUG=1 as well, it is a developer's own Postgres.
"""

import contextlib
import dataclasses
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from buddyhelps.embedded import postgres, redis
from buddyhelps.embedded.place import Place
from buddyhelps.scrubbing import scrub_event
from voice.config import VoiceSettings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()  # NAME_FILE=/run/secrets/name is as good as NAME=its content
env.ENVIRON = FileAwareMapping(cache=False)  # read anew by every load, kept nowhere else
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))  # what is set already wins

# -- Which kind of machine this is ----------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)  # tracebacks in the browser: a developer's machine only
OWN_MACHINE = not env("DATABASE_URL", default="")  # nothing was configured: embedded servers
PRODUCTION = not DEBUG and not OWN_MACHINE
VAR_DIR = Path(env("VAR_DIR", default="") or BASE_DIR / "var").resolve()  # what we write


def required(name: str, why: str) -> str:
    """A variable that production has no default for."""
    value = str(env.str(name, default="")).strip()  # files end in a line break
    if PRODUCTION and not value:
        raise ImproperlyConfigured(
            f"Set {name}: {why}. (DATABASE_URL is set, so this is production.)"
        )
    return value


def own_secret(name: str) -> str:
    """A secret made up at first use and kept below var/, so that no default is ever guessable."""
    file = VAR_DIR / "secrets" / name
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = file.with_name(f"{name}.{secrets.token_hex(4)}")
        making.touch(mode=0o600)
        making.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # whoever comes first decides
            file.hardlink_to(making)
        making.unlink()
    return file.read_text()


# -- Who we are to the outside --------------------------------------------------------------------

SECRET_KEY = required("SECRET_KEY", "it signs sessions and stream tokens") or own_secret("key")
MASTER_KEYS = env.list("MASTER_KEYS", default=[]) or [  # seal each tenant's keys; newest first
    required("MASTER_KEYS", "recordings and transcripts are sealed") or own_secret("master_key")
]
for _name, _secrets in (("SECRET_KEY", [SECRET_KEY]), ("MASTER_KEYS", MASTER_KEYS)):
    if PRODUCTION and any(len(one) < 20 or "change" in one.lower() for one in _secrets):
        raise ImproperlyConfigured(
            f"{_name} holds a value that can be guessed; make one: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
PORT = env.int("PORT", default=8000)  # what `manage.py serve` listens on
LISTEN_HOST = env.str("LISTEN_HOST", default="127.0.0.1" if OWN_MACHINE else "0.0.0.0")  # noqa: S104
PUBLIC_URL = (  # what carriers sign and are sent to; never guessed from a request's Host header
    required("PUBLIC_URL", "carriers sign this address and connect their media streams to it")
    or f"http://127.0.0.1:{PORT}"
).rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in ("http", "https") or not _public.hostname or _public.path:
    raise ImproperlyConfigured(
        f"PUBLIC_URL must look like https://phone.example.com, not {PUBLIC_URL}"
    )
if PRODUCTION and _public.scheme != "https":
    raise ImproperlyConfigured(
        f"PUBLIC_URL must start with https:// in production, not {PUBLIC_URL}"
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [_public.hostname]  # no forged Host
if not PRODUCTION:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]  # forms come back through the proxy under this origin
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")  # for calls we make to their API
TWILIO_AUTH_TOKEN = (  # checks that a webhook or a stream really comes from Twilio
    required("TWILIO_AUTH_TOKEN", "without it nobody can tell Twilio's requests from forged ones")
    or own_secret("twilio_auth_token")
)

# -- E-mail ---------------------------------------------------------------------------------------

_email_url = required("EMAIL_URL", "password resets, codes and invitations go out by e-mail")
_email: dict[str, Any] = env.email_url_config(_email_url) if _email_url else {}
EMAIL_BACKEND = _email.get("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
if PRODUCTION and "smtp" not in EMAIL_BACKEND:
    raise ImproperlyConfigured(
        "EMAIL_URL must look like smtp+tls://USER:PASSWORD@mail.example.com:587 or smtp+ssl://…"
        f" in production, not {_email_url.partition(':')[0]}://…: people wait for their mail"
    )
EMAIL_FILE_PATH = str(VAR_DIR / "mail")  # on one's own machine mail goes nowhere but into files
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_PORT = _email.get("EMAIL_PORT") or (587 if EMAIL_USE_TLS else 465 if EMAIL_USE_SSL else 25)
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_TIMEOUT = 10  # seconds; a mail server that hangs must not hold a worker
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    required("DEFAULT_FROM_EMAIL", "e-mail needs a sender that your mail server may use")
    or "BuddyHelps <buddyhelps@localhost>"
)

# -- Databases ------------------------------------------------------------------------------------

_pool = {"min_size": 0, "max_size": env.int("DATABASE_POOL_SIZE", default=20), "timeout": 5}
_connection: dict[str, Any] = {
    "CONN_MAX_AGE": 0,  # the pool keeps connections; Django must hand them back
    "CONN_HEALTH_CHECKS": True,  # a connection that died in the pool is replaced unseen
}


def embedded_database(user: str) -> dict[str, Any]:
    """The embedded Postgres as `user`; it starts at the first connection."""
    return _connection | {
        "ENGINE": "buddyhelps.embedded.backend",
        "NAME": env.str("EMBEDDED_DATABASE", default=postgres.DATABASE),  # tests name their own
        "USER": user,
        "HOST": str(Place(VAR_DIR / "postgres").sockets),
        "OPTIONS": {},
    }


DATABASES: dict[str, dict[str, Any]]
if OWN_MACHINE:
    DATABASES = {
        "default": embedded_database(postgres.APP_ROLE),
        "owner": embedded_database(postgres.OWNER_ROLE),
    }
else:
    DATABASES = {"default": _connection | env.db_url("DATABASE_URL")}
    if env.str("DATABASE_OWNER_URL", default=""):  # only where migrations run
        DATABASES["owner"] = _connection | env.db_url("DATABASE_OWNER_URL")
for _database in DATABASES.values():
    if "postgresql" not in _database["ENGINE"] and "embedded" not in _database["ENGINE"]:
        raise ImproperlyConfigured(
            "DATABASE_URL must be a postgres:// address: we rely on its row security"
        )
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = _pool
if "owner" in DATABASES:
    DATABASES["owner"]["TEST"] = {"MIRROR": "default"}
EMBEDDED_DURABLE = env.bool("EMBEDDED_DURABLE", default=True)  # fsync; off in tests only
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = required("REDIS_URL", "the task queue and the live pages need it")
EMBEDDED_REDIS = not REDIS_URL  # started when something first needs it
if EMBEDDED_REDIS:
    REDIS_URL = redis.url(Place(VAR_DIR / "redis"), env.int("EMBEDDED_REDIS_DATABASE", default=0))
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
CACHES = {  # what all processes count together: tries at passwords and codes, codes used up
    "default": {
        "BACKEND": "buddyhelps.embedded.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "buddyhelps",
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
    }
}

# -- Apps, pages ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "channels",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "buddyhelps",
    "tenants",
    "calls",
    "billing",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.TenantMiddleware",  # whose data the request is about
    "tenants.accounts.second_factor.SecondFactorMiddleware",  # and whether that takes more proof
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it turns a refused log-in into a page
]
ROOT_URLCONF = "buddyhelps.urls"
ASGI_APPLICATION = "buddyhelps.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"  # stored and logged; pages show the tenant's own
USE_TZ = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: whoever is locked out is not even asked
    "allauth.account.auth_backends.AuthenticationBackend",
]
AXES_FAILURE_LIMIT = 5  # wrong passwords for one e-mail address from one place
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # nobody can lock an owner out from afar
AXES_USERNAME_CALLABLE = "tenants.accounts.lockout.address_tried"
AXES_LOCKOUT_CALLABLE = "tenants.accounts.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["login", "email", "code", "oldpassword", "password1", "password2"]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

PASSWORD_RESET_TIMEOUT = 24 * 3600  # seconds a mailed link is good for
ACCOUNT_ADAPTER = "tenants.accounts.adapters.AccountAdapter"  # closed sign-up, mails by PUBLIC_URL
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_DISPLAY = "tenants.accounts.addresses.display"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True  # typed where it was asked for: no link to forge
ACCOUNT_CHANGE_EMAIL = True  # a new address replaces the old one once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or factor is told to its owner
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # dangerous actions ask again after so many seconds
MFA_ADAPTER = "tenants.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody gets in unverified; a forced set-up must not get stuck
MFA_TOTP_ISSUER = "BuddyHelps"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s a phone's clock may be off
MFA_FORMS = {  # each code opens once, also within that tolerance; passkeys need no password
    "authenticate": "tenants.accounts.forms.AuthenticateForm",
    "reauthenticate": "tenants.accounts.forms.ReauthenticateForm",
    "activate_totp": "tenants.accounts.forms.ActivateTOTPForm",
    "add_webauthn": "tenants.accounts.forms.AddPasskeyForm",
}
USERSESSIONS_ADAPTER = "tenants.accounts.adapters.SessionsAdapter"

# -- Files ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default="") or VAR_DIR / "static")  # hashed, compressed
STATICFILES_DIRS = [BASE_DIR / "static"]
DATA_DIR = Path(env("DATA_DIR", default="") or VAR_DIR).resolve()  # what must be backed up
MEDIA_ROOT = DATA_DIR / "media"
RECORDINGS_DIR = DATA_DIR / "recordings"  # served by a view that asks who is listening
SPOOL_DIR = DATA_DIR / "spool"  # finished calls while the database is away
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- Browser security -----------------------------------------------------------------------------

_https = _public.scheme == "https"
SECURE_SSL_REDIRECT = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # set by the proxy in front of us
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],  # Tabler's icons inside its style sheet
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- Celery ---------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}  # a killed worker's tasks come back
CELERY_TASK_ACKS_LATE = True  # a task whose worker died runs again: all are idempotent
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 300  # the prefork pool keeps both; threads rely on I/O timeouts
CELERY_TASK_TIME_LIMIT = 330
CELERY_TASK_IGNORE_RESULT = True  # what matters is in the database
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20.0  # what is running may finish first
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

# -- Voice ----------------------------------------------------------------------------------------


def voice_settings() -> VoiceSettings:
    """Each field of VoiceSettings from the variable of its name; see there what it does."""
    chosen: dict[str, Any] = {}
    for field in dataclasses.fields(VoiceSettings):
        name = field.name.upper()
        name = f"VOICE_{name}" if name in ("FALLBACK", "PROFILE") else name
        read = {bool: env.bool, int: env.int, float: env.float, str: env.str}.get(
            field.type if isinstance(field.type, type) else str, env.str
        )
        if isinstance(field.default, tuple):
            chosen[field.name] = tuple(env.list(name, default=list(field.default)))
        else:
            chosen[field.name] = read(name, default=field.default)
    return VoiceSettings(**chosen)


VOICE = voice_settings()
POD_NAME = env.str(
    "POD_NAME", default=""
)  # what tells this pod from others; default: host and port
POD_STREAM_URL = env.str("POD_STREAM_URL", default="")  # its own media address, not the fleet's
POD_CAPACITY = env.int("POD_CAPACITY", default=0)  # calls it takes; 0: as measured
DRAIN_SECONDS = env.int("DRAIN_SECONDS", default=600)  # how long live calls may finish at shutdown

# -- Metrics --------------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # lets Prometheus read /metrics; unset: nobody

# -- Logs -----------------------------------------------------------------------------------------

_shared_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    scrub_event,  # last: whatever the others wrote
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processor": structlog.processors.JSONRenderer()
            if PRODUCTION
            else structlog.dev.ConsoleRenderer(colors=False),
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}},  # it logs each request, addresses included
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared_processors,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
