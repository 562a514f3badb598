"""`manage.py policy`: the rules of an area in words, compared, checked and published."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from binding.services.policy import publish_policies
from gongji import policy, roles
from gongji.policy import words


class Command(BaseCommand):
    help = "Check the rule files, explain or compare areas in words, publish the rules in force."
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

    def handle(self, *args: object, verb: str, verbosity: int = 1, **options: str) -> None:
        if problems := policy.problems():
            raise CommandError("\n".join(problems))
        if verb == "check":
            self.stdout.write(f"{len(policy.load())} rule files are in order")
        elif verb == "explain":
            self.stdout.write(words.explain(self._area(options["area"])))
        elif verb == "diff":
            self._diff(self._area(options["a"]), self._area(options["b"]))
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

    def _publish(self, verbosity: int) -> None:
        with roles.as_owner():
            done = publish_policies(now=timezone.now())
        if verbosity:
            areas = ", ".join(done.areas) or "none"
            self.stdout.write(f"new or changed: {areas}; {done.area_rules} ledger rules derived")
