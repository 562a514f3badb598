"""What the commands that import a CSV file have in common: progress, the way out, the list of bad lines."""

import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gongji.csvfiles import NotReadable, Tally

EVERY = 2.0
"""Seconds between two lines of progress."""

Result = TypeVar("Result", bound=Tally)


class ImportCommand(ABC, BaseCommand, Generic[Result]):
    """Imports one file; a subclass says how (`load`) and what became of it (`outcome`)."""

    @abstractmethod
    def load(self, path: Path, **options: Any) -> Result:
        """Import the file, calling `self.progress` now and then."""

    @abstractmethod
    def outcome(self, result: Result) -> str:
        """Return what was done, in words."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        self._began = self._shown = time.monotonic()
        try:
            result = self.load(file, **options)
        except (NotReadable, OSError) as error:
            raise CommandError(f"{file}:{error}") from error
        except KeyboardInterrupt:
            raise CommandError("停下了。已导入的都在;再运行同一条命令,会从没导入的地方继续。") from None
        seconds = time.monotonic() - self._began
        self.stdout.write(f"读了 {result.read:,} 行,用了 {seconds:.1f} 秒:{self.outcome(result)}。")
        if result.bad:
            self.stdout.write(f"{result.bad:,} 行有错,没有导入,逐行列在 {result.errors_file}。")

    def progress(self, tally: Tally) -> None:
        """Say how far it is, every other second."""
        if time.monotonic() - self._shown >= EVERY:
            self._shown = time.monotonic()
            speed = tally.read / (self._shown - self._began)
            self.stderr.write(f"{tally.read:,} 行,每秒 {speed:,.0f} 行")
