"""Which of yesterday's automatic approvals are looked at: how many, and by which dice. Pure rules."""

import random
from collections.abc import Iterable
from uuid import UUID

from gongji.policy import Sampling


def how_many(sampling: Sampling, candidates: int) -> int:
    """Return how many of `candidates` are drawn: the area's percentage, rounded up, within its bounds."""
    share = -(-candidates * sampling.percent // 100)
    return min(candidates, sampling.daily_max, max(sampling.daily_min, share))


def drawn(candidates: Iterable[UUID], count: int, seed: str) -> list[UUID]:
    """Return `count` of the candidates; the same candidates and seed give the same ones in any order."""
    # Nothing depends on nobody being able to guess it: the seed is random and kept with the draw.
    dice = random.Random(seed)  # noqa: S311
    return dice.sample(sorted(candidates), count)
