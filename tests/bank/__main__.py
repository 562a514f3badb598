"""`make bank`: the bank test, whole. `make bank TEETH=1`: ten planted bugs, each of which it must find.

BANK_SEED (random), BANK_OPERATIONS (20,000) and BANK_FAULTS (20) may be set; the same seed makes the same
town, the same wishes and the same faults. Exit code 1 when something was found.
"""

import os
import secrets
import sys

from tests.bank import teeth
from tests.bank.stage import Size, staged


def main() -> int:
    """Run what the environment asks for."""
    seed = int(os.environ.get("BANK_SEED") or secrets.randbelow(1_000_000))
    if os.environ.get("TEETH"):
        return teeth.main(seed)
    size = Size(
        seed=seed,
        operations=int(os.environ.get("BANK_OPERATIONS") or 20_000),
        faults=int(os.environ.get("BANK_FAULTS") or 20),
    )
    with staged(size) as stage:
        from tests.bank import report, run  # models can be imported only now

        verdict = run.run(size, stage)
    print(report.table(verdict))
    print(report.line(verdict), flush=True)
    if not verdict.findings:
        stage.forget()
        return 0
    again = f"BANK_SEED={seed} BANK_OPERATIONS={size.operations} BANK_FAULTS={size.faults} make bank"
    print(f"  the same again: {again}\n  logs and database: {stage.folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
