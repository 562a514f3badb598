"""What the README says is true: settings, commands, pictures, links, and the examples in it."""

import re
from pathlib import Path

from django.core.management import get_commands

from gongji import policy

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
LINK = re.compile(r'(?:\]\(|src=")([^)"#:]+)[)"]')
IN_SETTINGS = re.compile(r'(?:env\.\w+|required|url|number|switch|key_ring)\(\s*"([A-Z_]+)"')
IN_OTHERS = re.compile(r"""environ(?:\.get\(|\[)['\"]([A-Z_]+)['\"]""")
FOR_COMPOSE = re.compile(r"\$\{([A-Z_]+)")
APPS = ("gongji", "accounts", "ledger", "binding")
PICTURE_LIMIT = 150_000


def block(language: str) -> str:
    """The first code block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def variables_of_the_code() -> set[str]:
    code = [
        path for app in ("gongji", "accounts", "ledger", "binding") for path in (ROOT / app).rglob("*.py")
    ]
    found = set(IN_SETTINGS.findall((ROOT / "gongji/settings.py").read_text()))
    for path in code:
        found |= set(IN_OTHERS.findall(path.read_text()))
    return found | set(FOR_COMPOSE.findall((ROOT / "docker-compose.yml").read_text()))


def test_every_environment_variable_stands_in_the_table_and_no_other():
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert listed == variables_of_the_code()


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)[ `\n]", README)) - {"and"} <= targets


def test_every_manage_command_exists():
    table = README[README.index("`manage.py` 的命令(") : README.index("备份三样")]
    named = re.findall(r"`(\w+)[^`]*`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))
    verbs_of_policy = {"explain", "diff", "new", "publish"}
    assert set(named) - verbs_of_policy <= set(get_commands())


def test_every_link_and_picture_is_there_and_pictures_are_small():
    for target in LINK.findall(README):
        path = ROOT / target
        assert path.exists(), target
        assert path.suffix != ".png" or path.stat().st_size <= PICTURE_LIMIT, target


def test_the_rule_file_of_the_readme_can_be_used(tmp_path):
    (tmp_path / "980000.toml").write_text(block("toml"))
    rules = policy.load(policy.AREAS, tmp_path)
    assert rules["980000"].max_beneficiaries == 5


def test_the_python_of_the_readme_is_that_of_the_example():
    example = (ROOT / "docs/examples/settle.py").read_text()
    lines = [line.strip() for line in block("python").splitlines()]
    assert "\n".join(lines) in "\n".join(line.strip() for line in example.splitlines())
