"""`manage.py calibrate`: measure this machine's lanes and say how many calls it carries."""

import asyncio
import json
import re
from argparse import ArgumentParser
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voice.calibration import BatchTime, calibrate, device_name
from voice.capacity import carried_calls
from voice.errors import EngineUnavailable
from voice.profiles import Profile, save_profile
from voice.simulation.load import TARGET_MS, Workload


class Command(BaseCommand):
    help = "Measures the configured engines at growing batch sizes and stores a profile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, help="the profile's file (var/profiles/NAME.json)")
        parser.add_argument("--largest", type=int, default=32, help="largest batch (default 32)")
        parser.add_argument(
            "--turns-per-minute", type=float, default=2.0, help="of each call (default 2)"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        largest, pace = options["largest"], options["turns_per_minute"]
        if largest < 2 or pace <= 0:
            raise CommandError("--largest must be 2 or more and --turns-per-minute above 0.")
        name = re.sub(r"[^a-z0-9]+", "-", device_name().lower()).strip("-")[:60]
        out: Path = options["out"] or Path(settings.BASE_DIR) / "var/profiles" / f"{name}.json"
        quiet = options["json"]
        try:
            profile = asyncio.run(
                calibrate(
                    settings.VOICE,
                    name=out.stem,
                    largest=largest,
                    on_batch=(lambda _: None) if quiet else self._say_batch,
                )
            )
        except EngineUnavailable as error:
            raise CommandError(str(error)) from error
        calls = carried_calls(profile, Workload(turns_per_minute=pace))
        profile = replace(profile, carried_calls=calls)
        save_profile(profile, out)
        if quiet:
            self.stdout.write(
                json.dumps({"profile": asdict(profile), "file": str(out), "calls": calls})
            )
            return
        self._say(profile, out, calls, pace)

    def _say_batch(self, batch: BatchTime) -> None:
        pace = 1000 * batch.audio_s / batch.took_ms if batch.took_ms else 0.0
        self.stdout.write(
            f"{batch.lane:16} batch of {batch.items:3d}: {batch.took_ms:8.1f} ms for "
            f"{batch.audio_s:6.1f} s of audio, {pace:6.1f} times real time"
        )

    def _say(self, profile: Profile, out: Path, calls: int, pace: float) -> None:
        for lane in (profile.recognition, profile.synthesis):
            self.stdout.write(
                f"{lane.engine}: {lane.fixed_ms:.1f} ms a batch "
                f"+ {lane.per_audio_second_ms:.2f} ms an audio-second"
            )
        self.stdout.write(f"{profile.contention.source}; stored in {out}")
        self.stdout.write(
            self.style.SUCCESS(
                f"{profile.device} carries {calls} calls at {pace:g} turns a minute each: "
                f"pipeline p95 within {TARGET_MS:.0f} ms, no late audio. These are its engines; "
                "sockets and voice activity need processor time of their own."
            )
        )
