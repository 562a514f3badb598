"""A pharmacy's day with the till of settle.py: 1,000 settlements, 40 reversals, the reconciliation.

make run                                                 in another terminal
python docs/examples/pharmacy_day.py var/demo.json

Four customers are served at once. A till that gets no answer asks again under the same key, and one that is
told to wait waits: whatever the network does, the books of both sides are alike in the evening.
"""

import json
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random

from settle import Till

SETTLEMENTS, REVERSALS, AT_ONCE, TRIES = 1000, 40, 4, 8
BEIJING = timezone(timedelta(hours=8))


class Pharmacy:
    """A provider with books of its own."""

    def __init__(self, demo: dict) -> None:
        provider = demo["providers"][0]
        self.till = Till(demo["base_url"], provider["key_id"], provider["secret"])
        self.luck = Random()
        self.day = datetime.now(BEIJING).date().isoformat()
        self.head = f"D{secrets.token_hex(4)}"
        self.books: dict[str, tuple[str, str]] = {}
        """Serial → kind and amount."""
        self.people = [self.customer(one) for one in demo["citizens"] if one["role"] != "unverified"]

    def customer(self, citizen: dict) -> dict:
        """Ask by a quote whether somebody is insured in this province; who is not is treated `away`."""
        person = {"id_type": "01", "id_number": citizen["id_number"], "name": citizen["name"]}
        wish = self.purchase({"beneficiary": person, "away": False})
        _status, answer = self.till.call("POST", "quotes", wish)
        return {"beneficiary": person, "away": answer.get("code") == "outside_area"}

    def purchase(self, who: dict, number: int = 0) -> dict:
        """A small purchase: the demo families keep some money."""
        return who | {
            "provider_serial": f"{self.head}-{number:04}",
            "amount": f"{self.luck.randint(10, 150) / 100:.2f}",
            "category": self.luck.choice(["outpatient", "drug", "device"]),
            "occurred_at": datetime.now(BEIJING).isoformat(timespec="seconds"),
        }

    def ask(self, path: str, body: dict, key: str = "") -> dict:
        """Send until there is an answer, always under one key; leave when the answer is no."""
        key = key or secrets.token_hex(16)
        for attempt in range(TRIES):
            try:
                status, answer = self.till.call("POST", path, body, key)
            except OSError as lost:
                status, answer = 503, {"code": str(lost)}
            if status < 300:
                return answer
            if status not in {429, 503} and answer["code"] != "request_in_progress":
                break
            time.sleep(0.2 * 2**attempt)
        sys.exit(f"{path}: {status} {json.dumps(answer, ensure_ascii=False)}")

    def customers(self) -> Iterator[dict]:
        """Everybody who comes on this day, with what they buy."""
        for number in range(SETTLEMENTS):
            yield self.purchase(self.luck.choice(self.people), number)

    def sell(self, wish: dict) -> dict:
        """Settle, and write it down."""
        answer = self.ask("settlements", wish, key=wish["provider_serial"])
        self.books[wish["provider_serial"]] = ("settlement", answer["amount"])
        return answer

    def take_back(self, sale: dict) -> dict:
        """Reverse a sale, every second one only in part, and write it down."""
        serial = f"{sale['provider_serial']}T"
        amount = self.luck.choice([None, "0.05"])
        wish = {"provider_serial": serial, "amount": amount, "reason": "退药"}
        answer = self.ask(f"settlements/{sale['id']}/reversals", wish, key=serial)
        self.books[serial] = ("reversal", answer["amount"])
        return answer

    def compare(self) -> dict:
        """Send the books of the day; what earlier runs of this day posted is not of ours."""
        rows = [
            {"provider_serial": serial, "kind": kind, "amount": amount}
            for serial, (kind, amount) in self.books.items()
        ]
        found = self.ask(f"reconciliations/{self.day}", {"rows": rows})
        ours = [one for one in found["missing_there"] if one["provider_serial"].startswith(self.head)]
        return found | {"missing_there": ours}


def main(demo: str) -> int:
    """Work through the day and print what came of it; 1 when the books differ."""
    shop = Pharmacy(json.loads(Path(demo).read_text()))
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as counters:
        sales = list(counters.map(shop.sell, shop.customers()))
        returns = list(counters.map(shop.take_back, shop.luck.sample(sales, REVERSALS)))
    seconds = time.monotonic() - began
    speed = f"{seconds:.1f} s, {len(shop.books) / seconds:.0f} a second"
    print(f"{len(sales)} settlements, {len(returns)} reversals in {speed}")
    for name, all_of_it in (("settled", sales), ("reversed", returns)):
        sums = {part: sum(Decimal(one[part]) for one in all_of_it) for part in ("own", "mutual_aid", "cash")}
        print(f"  {name}: " + ", ".join(f"{part} {total} yuan" for part, total in sums.items()))
    found = shop.compare()
    print(f"reconciliation of {shop.day}: {found['matched']} of {len(shop.books)} match,", end=" ")
    print(", ".join(f"{name} {len(found[name])}" for name in ("different", "missing_here", "missing_there")))
    return int(found["matched"] != len(shop.books) or bool(found["missing_there"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "var/demo.json"))
