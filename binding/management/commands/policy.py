"""`manage.py policy`: the rules of an area in words, compared, checked, begun and published."""

import os
import re
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from binding.services.policy import publish_policies
from gongji import policy, roles
from gongji.policy import words
from gongji.policy.blank import blank
from gongji.policy.files import ancestors


class Command(BaseCommand):
    help = (
        "Check the rule files, explain or compare areas in words, begin a file, publish the rules in force."
    )
    # The command must be able to say what is wrong with files that keep everything else from starting.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("check", help="exit 1 and name file and line when a rule file cannot be used")
        verbs.add_parser("explain", help="every rule of one area").add_argument("area")
        diff = verbs.add_parser("diff", help="where the rules of two areas differ")
        diff.add_argument("a")
        diff.add_argument("b")
        verbs.add_parser("publish", help="store a version per changed area and derive the ledger's rules")
        new = verbs.add_parser("new", help="write a file for a new area in which every key is explained")
        new.add_argument("area", help="the code of six digits, e.g. 980000")
        new.add_argument("--name", default="", help="what the area is called")
        new.add_argument("--parent", default="", help="refuse unless this is the area it would inherit from")
        new.add_argument("--into", default="", help="a folder; POLICY_DIR without it")

    def handle(self, *args: object, verb: str, verbosity: int = 1, **options: str) -> None:
        if problems := policy.problems():
            raise CommandError("\n".join(problems))
        if verb == "check":
            self._check()
        elif verb == "explain":
            self.stdout.write(words.explain(self._area(options["area"])))
        elif verb == "diff":
            self._diff(self._area(options["a"]), self._area(options["b"]))
        elif verb == "new":
            self._new(options["area"], options["name"], options["parent"], options["into"])
        else:
            self._publish(verbosity)

    def _area(self, code: str) -> policy.Policy:
        found = policy.for_area(code)
        if found is None:
            raise CommandError(
                f"no rule file speaks for {code}; there are {', '.join(sorted(policy.load()))}"
            )
        return found

    def _diff(self, left: policy.Policy, right: policy.Policy) -> None:
        different = [line for line in words.compare(left, right) if line.differs]
        for line in different:
            self.stdout.write(f"{line.label}")
            for area, said in ((left, line.left), (right, line.right)):
                self.stdout.write(
                    f"    {area.name}: {said.sentence} ({said.rule.source}, {said.rule.effective})"
                )
        self.stdout.write(f"{len(different)} rules differ")

    def _check(self) -> None:
        today, policies = timezone.localdate(), policy.load()
        for area, rules in sorted(policies.items()):
            for rule in rules.rules.values():
                if rule.area == area and rule.effective > today:
                    self.stdout.write(
                        f"{area} {rule.key}: dated {rule.effective}, yet it holds: nothing stands before it"
                    )
            for rule in rules.coming:
                if rule.area == area:
                    self.stdout.write(f"{area} {rule.key}: changes on {rule.effective}")
        self.stdout.write(f"{len(policies)} rule files are in order")

    def _new(self, area: str, name: str, parent: str, into: str) -> None:
        """Write the file of an area that has none; what is there already is never touched."""
        folder = Path(into or os.environ.get("POLICY_DIR", ""))
        if not (into or os.environ.get("POLICY_DIR")) or not folder.is_dir():
            raise CommandError("name a folder that exists: --into FOLDER, or set POLICY_DIR")
        if not re.fullmatch(r"[0-9]{6}", area, re.ASCII) or area == policy.NATIONAL:
            raise CommandError(f"{area!r} is no code of an area: six digits, e.g. 980000")
        above = self._parent(area, parent)
        if taken := sorted(folder.glob(f"{area}*.toml")):
            raise CommandError(f"{taken[0]} is there already; nothing was written")
        path = folder / f"{area}.toml"
        text = blank(area=area, name=name or area, parent=above, day=timezone.localdate())
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        self.stdout.write(f"{path}: everything is as in {above.name}; take the # from what differs")

    def _parent(self, area: str, wanted: str) -> policy.Policy:
        policies = policy.load()
        nearest = next(code for code in [*ancestors(area), policy.NATIONAL] if code in policies)
        if wanted and wanted != nearest:
            raise CommandError(
                f"by its code {area} inherits from {nearest} ({policies[nearest].name}), not from {wanted}"
            )
        return policies[nearest]

    def _publish(self, verbosity: int) -> None:
        with roles.as_owner():
            done = publish_policies(now=timezone.now())
        if verbosity:
            areas = ", ".join(done.areas) or "none"
            self.stdout.write(f"new or changed: {areas}; {done.area_rules} ledger rules derived")
