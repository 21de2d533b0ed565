"""`manage.py fetch_models`: bring the pinned weights here, whole or not at all."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from voice.model_pins import PINS, ModelPin, WeightFile
from voice.model_sources import source_of
from voice.models_store import FetchFailed, Source, fetch, folder


class Command(BaseCommand):
    """Downloads the weights of the engines named, or of all."""

    help = (
        "Download the pinned weights of the model engines: checksums verified, cut downloads "
        "resumed. They are kept under HF_HOME; the hub's own settings (HF_ENDPOINT, HF_TOKEN) "
        "hold. Everything else works without them."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="MODEL", help=f"of {', '.join(PINS)}")
        parser.add_argument(
            "--mirror", default="", help="a directory or URL that holds <repository>/<file>"
        )
        parser.add_argument("--again", action="store_true", help="fetch even what is there")
        parser.add_argument("--list", action="store_true", help="say what would be fetched")

    def handle(self, *_: Any, **options: Any) -> None:
        names = options["names"] or list(PINS)
        unknown = [name for name in names if name not in PINS]
        if unknown:
            raise CommandError(
                f"No model is called {', '.join(unknown)}: there are {', '.join(PINS)}."
            )
        pins = [PINS[name] for name in names]
        if options["list"]:
            for pin in pins:
                self._describe(pin)
            return
        try:
            source = source_of(options["mirror"])
            for pin in pins:
                self._fetch(pin, source, again=options["again"])
        except FetchFailed as error:
            raise CommandError(str(error)) from error

    def _describe(self, pin: ModelPin) -> None:
        self.stdout.write(
            f"{pin.name}: {pin.repo} at {pin.revision[:12]}, {pin.size_bytes / 1e9:.2f} GB in "
            f"{len(pin.files)} files, {pin.licence}\n  {folder(pin)}"
        )

    def _fetch(self, pin: ModelPin, source: Source, *, again: bool) -> None:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        ) as bars:
            tasks = {
                file.path: bars.add_task(f"{pin.name} {file.path}", total=file.size_bytes)
                for file in pin.files
            }

            def show(file: WeightFile, done: int) -> None:
                bars.update(tasks[file.path], completed=done)

            place = fetch(pin, source, again=again, progress=show)
        self.stdout.write(self.style.SUCCESS(f"{pin.name} is complete in {place}"))
