"""Every text that people see goes through gettext, and locale/en, where present, is complete.

Source texts are Chinese. A template may hold Chinese only inside {% translate %}, {% blocktranslate %} or a
comment; Python may hold a Chinese string only as an argument of a gettext function. Words that are data
(demo people, the legal texts of the area files, names of relations in a registry file) are listed below.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WRAPPED = re.compile(
    r"{%-?\s*comment\b.*?endcomment\s*%}"
    r"|{%-?\s*blocktrans(?:late)?\b.*?{%-?\s*endblocktrans(?:late)?\s*%}"
    r"|{%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->",
    re.DOTALL,
)
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy", "ngettext",
           "ngettext_lazy", "npgettext", "npgettext_lazy"}  # fmt: skip
DATA = (
    "gongji/policy/",
    "gongji/settings.py",
    "demo",
    "migrations/",
    "management/",
    "/checks.py",
    "gongji/local/",
    "ledger/api/",
)
"""Paths whose Chinese is data or not shown on pages: laws, demo people, the API's own document."""


def templates() -> Iterator[str]:
    """Name every template line whose Chinese is not translatable."""
    for path in sorted((ROOT / "templates").rglob("*.*")):
        text = path.read_text()
        bare = WRAPPED.sub(lambda found: "\n" * found[0].count("\n"), text)
        for number, line in enumerate(bare.splitlines(), 1):
            if CHINESE.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:60]}"


def python() -> Iterator[str]:
    """Name every Chinese string of a program that does not pass through gettext."""
    for app in ("gongji", "accounts", "ledger", "binding"):
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not any(part in name for part in DATA):
                yield from (f"{name}:{line}: {text[:60]}" for line, text in _bare_strings(path.read_text()))


def _bare_strings(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in GETTEXT:
            fine.update(id(part) for argument in node.args for part in ast.walk(argument))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            fine.add(id(node.value))  # a docstring
        if isinstance(node, ast.Dict | ast.Compare | ast.Subscript):
            fine.update(id(part) for key in _compared(node) for part in ast.walk(key))
    lines = source.splitlines()
    for node in ast.walk(tree):
        # A line that ends with "# data" says that its Chinese is compared or copied, not shown as our words.
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in fine:
            continue
        if CHINESE.search(node.value) and "# data" not in lines[node.end_lineno - 1]:
            yield node.lineno, node.value


def _compared(node: ast.Dict | ast.Compare | ast.Subscript) -> list[ast.expr]:
    """Return the parts of a node that are matched, never shown."""
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    return [node.slice] if isinstance(node, ast.Subscript) else [node.left, *node.comparators]


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def english() -> Iterator[str]:
    """Name what locale/en lacks, when there is one."""
    for path in sorted((ROOT / "locale" / "en").rglob("*.po")):
        text = path.read_text()
        for found in re.finditer(r'^msgid ((?:".*"\n)+)msgstr ""\n(?!")', text, re.MULTILINE):
            if found[1].strip() != '""':
                yield f"{path.relative_to(ROOT)}: no English for {found[1].strip()[:60]}"
        if "#, fuzzy" in text:
            yield f"{path.relative_to(ROOT)}: fuzzy entries are not shown to anybody"


def main() -> int:
    """Print what is wrong; 1 when something is."""
    found = [*templates(), *python(), *english()]
    print("\n".join(found) or "every text is translatable")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
