"""The project's settings as the tests need them: servers of their own, nothing of the developer's.

The variables are set before the real settings are read, so that child processes see the same.
"""

import os
import tempfile
from pathlib import Path

for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PUBLIC_URL", "DEBUG"):
    os.environ[_name] = ""
_run_id = os.environ.setdefault("BUDDYHELPS_TEST_RUN", str(os.getpid()))  # xdist's workers inherit
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
os.environ |= {
    "ENV_FILE": os.devnull,
    "DATA_DIR": tempfile.mkdtemp(prefix="buddyhelps-tests-"),
    "VAR_DIR": str(Path(__file__).resolve().parent.parent / "var" / "tests"),
    "EMBEDDED_DURABLE": "0",
    "EMBEDDED_REDIS_DATABASE": str((int(_run_id) % 16) * 4 + _worker % 4),  # of 64
    "STT_ENGINE": "embedded",
    "TTS_ENGINE": "espeak",
    "LLM_ENGINE": "none",
    "VAD_ENGINE": "silero",
    "LOG_LEVEL": "WARNING",
}

from buddyhelps.settings import *  # noqa: E402, F403

DATABASES["default"]["TEST"] = {"NAME": f"test_buddyhelps_{_run_id}"}  # noqa: F405 - two runs may overlap
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # log-ins in a microsecond
CELERY_TASK_ALWAYS_EAGER = True  # the tests that need a real worker start one
CELERY_TASK_EAGER_PROPAGATES = True
AXES_ENABLED = False  # Client.login has no request to count; what tests it turns it on
