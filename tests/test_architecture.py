"""The house stands as drawn: who imports whom, how large things get, and that every name resolves."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from gongji import outbox
from gongji.celery import app as celery

ROOT = settings.BASE_DIR
APPS = ("gongji", "accounts", "ledger", "binding")
FILE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 40, 150

CLOCKS = {"now", "today", "localdate", "localtime", "utcnow", "time"}
FORBIDDEN_WORDS = (
    "操作失败",
    "系统繁忙",
    "参数错误",
    "审核不通过",
    "非法",
    "请联系管理员",
    "这个字段是必填项",
)
NOT_NAMED_IN_CODE = {"base_site.html", "robots.txt"}
"""Templates that Django or a package finds by convention are recognised below; these are the rest."""


def sources() -> list[Path]:
    """Return our programs without migrations."""
    found = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def templates() -> list[Path]:
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# ---------------------------------------------------------------- imports
def test_imports_go_down_only():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_no_import_hides_in_a_function(path: Path):
    # A check of Django's own start order is the one place where it is needed.
    if path.name in {"apps.py", "manage.py"}:
        return
    hidden = [
        f"line {node.lineno}"
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and _module(node).split(".")[0] in APPS
    ]
    assert not hidden, f"{name_of(path)} imports inside a function: {', '.join(hidden)}"


def _module(node: ast.Import | ast.ImportFrom) -> str:
    return (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name


IMPURE = ("django.db", "django.conf", "django.utils.timezone")


def _only_for_choices(path: Path) -> bool:
    """Tell whether `models` serves an enumeration with labels, which needs no database."""
    used = {ast.unparse(n) for n in ast.walk(tree_of(path)) if isinstance(n, ast.Attribute)}
    return {u for u in used if u.startswith("models.")} <= {"models.TextChoices", "models.IntegerChoices"}


def rules() -> list[Path]:
    return [p for p in sources() if p.stem == "rules" or "rules" in p.parent.parts[-1:]]


@pytest.mark.parametrize("path", rules(), ids=name_of)
def test_rules_know_no_clock_no_query_and_no_settings(path: Path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = _module(node)
            allowed = module == "django.db" and _only_for_choices(path)
            assert allowed or not module.startswith(IMPURE), module
            assert "timezone" not in {name.name for name in node.names} or module == "datetime", node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            assert ".objects." not in called, f"line {node.lineno}: {called}"
            clock = called.split(".")[-1] in CLOCKS and called.split(".")[0] in {
                "datetime",
                "date",
                "timezone",
                "time",
            }
            assert not clock, f"line {node.lineno}: {called}"


@pytest.mark.parametrize(
    "path", [p for p in sources() if p.stem in {"rules", "services", "models", "notices"}], ids=name_of
)
def test_no_request_below_the_pages(path: Path):
    takers = [
        f.name for f in functions(path) if "request" in {a.arg for a in (*f.args.args, *f.args.kwonlyargs)}
    ]
    assert not takers, takers


def test_no_signal_carries_a_business_rule():
    users = [
        name_of(p)
        for p in sources()
        if re.search(r"models\.signals|django\.dispatch|@receiver", p.read_text())
    ]
    assert users == []


# ---------------------------------------------------------------- sizes
@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_files_and_functions_stay_small(path: Path):
    lines = len(path.read_text().splitlines())
    assert lines <= FILE_LINES, f"{name_of(path)} has {lines} lines"
    long = [f"{f.name} ({f.end_lineno - f.lineno + 1})" for f in functions(path)
            if f.end_lineno - f.lineno + 1 > FUNCTION_LINES]  # fmt: skip
    assert not long, f"{name_of(path)}: {', '.join(long)}"


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_stay_small(path: Path):
    assert len(path.read_text().splitlines()) <= TEMPLATE_LINES


# ---------------------------------------------------------------- names resolve
@pytest.mark.parametrize("path", [p for p in templates() if p.suffix == ".html"], ids=name_of)
def test_every_template_compiles(path: Path):
    get_template(str(path.relative_to(ROOT / "templates")))


def test_every_template_is_used():
    text = "\n".join(p.read_text() for p in (*sources(), *templates()))
    own_admin = ROOT / "templates" / "admin"
    unused = []
    for path in templates():
        name = str(path.relative_to(ROOT / "templates"))
        found_by_package = own_admin in path.parents or path.parts[-2] in {"crispy", "bootstrap5", "axes"}
        found_by_package = found_by_package or "django/forms" in name or path.name in NOT_NAMED_IN_CODE
        if not found_by_package and name not in text and not _built_name(path, text):
            unused.append(name)
    assert unused == []


def _built_name(path: Path, text: str) -> bool:
    """Tell whether a program builds the name from its folder and a variable: f"binding/verdicts/{code}"."""
    folder = str(path.parent.relative_to(ROOT / "templates"))
    return f"{folder}/{{" in text or f"{folder}/%s" in text


@pytest.mark.parametrize("entry", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_every_scheduled_task_exists(entry: str):
    celery.loader.import_default_modules()
    assert settings.CELERY_BEAT_SCHEDULE[entry]["task"] in celery.tasks


def test_every_posted_job_has_a_handler():
    known = outbox.handlers()
    posted = set()
    for path in sources():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "outbox.post",
                "post",
                "outbox.cancel",
            }:
                kind = node.args[0] if node.args else None
                if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
                    posted.add(kind.value)
    assert posted - set(known) == set()


def test_every_handler_uses_a_queue_that_a_worker_takes():
    assert {h.queue for h in outbox.handlers().values()} <= {"codes", "default", "notify", "evidence"}


# ---------------------------------------------------------------- words
@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_hold_no_word_that_blames_or_says_nothing(path: Path):
    text = path.read_text()
    assert [word for word in FORBIDDEN_WORDS if word in text] == []


@pytest.mark.parametrize("path", [p for p in templates() if p.suffix == ".html"], ids=name_of)
def test_templates_hold_nothing_that_the_content_policy_refuses(path: Path):
    text = path.read_text()
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", text), "inline style or script"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert not re.search(r"(?:src|href)=\"https?://", re.sub(r"<a\b[^>]*>", "", text)), (
        "asset of another host"
    )
