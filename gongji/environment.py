"""Reading environment variables: what is missing or malformed is noted and reported by the settings."""

import base64

import environ

env = environ.Env()
problems: list[str] = []


def required(name: str, example: str) -> str:
    """Return a variable that has no safe default; note its absence for the list."""
    value: str = env.str(name, default="")
    if not value:
        problems.append(f"{name} is missing, for example {name}={example}")
    return value


def url(name: str, example: str, schemes: tuple[str, ...], optional: bool = False) -> str:
    """Return a URL whose scheme is one of `schemes`; an optional one may be empty."""
    value: str = env.str(name, default="") if optional else required(name, example)
    if value and value.split("://", 1)[0] not in schemes:
        problems.append(f"{name} must start with {' or '.join(s + '://' for s in schemes)}")
    return value


def number(name: str, default: int, at_least: int = 0) -> int:
    """Return a whole number; note a malformed or too small one for the list."""
    text = env.str(name, default=str(default))
    if text.isascii() and text.isdigit() and int(text) >= at_least:
        return int(text)
    problems.append(f"{name}={text!r}: use a whole number of at least {at_least}, for example {default}")
    return default


def switch(name: str, default: bool) -> bool:
    """Return a yes/no variable; note anything else for the list."""
    text = env.str(name, default="1" if default else "0").lower()
    if text not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        problems.append(f"{name}={text!r}: use 1 or 0")
    return text in {"1", "true", "yes", "on"}


def key_ring(name: str, optional: bool = False) -> dict[int, bytes]:
    """Parse `1:base64,2:base64` into {key id: 16 or 32 bytes}; the highest id writes, all read."""
    ring: dict[int, bytes] = {}
    text = env.str(name, default="") if optional else required(name, "1:$(openssl rand -base64 32)")
    for item in text.split(","):
        if not item:
            continue
        try:
            key_id, _, encoded = item.partition(":")
            key = base64.b64decode(encoded, validate=True)
            if not 1 <= int(key_id) <= 255 or len(key) != 32:
                raise ValueError
            ring[int(key_id)] = key
        except ValueError:
            problems.append(f"{name}: {item.partition(':')[0]}:… is not an id 1-255 and 32 bytes in base64")
    return ring
