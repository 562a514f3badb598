"""What fails is left alone for a while, then tried once."""

from threading import Barrier

import pytest

from gongji.breaker import Breaker, Resting


class Away(Exception):
    """The service is away."""


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def breaker(clock):
    return Breaker(failures=3, rest=30, clock=lambda: clock[0])


def ask(breaker, error=None):
    with breaker.watching(Away):
        if error:
            raise error
        return "answer"


def fail(breaker, times):
    for _ in range(times):
        with pytest.raises(Away):
            ask(breaker, Away())


def test_after_so_many_failures_in_a_row_nobody_asks(breaker):
    fail(breaker, 3)
    with pytest.raises(Resting):
        ask(breaker)


def test_a_success_between_failures_begins_the_count_anew(breaker):
    fail(breaker, 2)
    assert ask(breaker) == "answer"
    fail(breaker, 2)
    assert ask(breaker) == "answer"


def test_after_the_rest_one_success_closes_it(breaker, clock):
    fail(breaker, 3)
    clock[0] = 31
    assert ask(breaker) == ask(breaker) == "answer"


def test_after_the_rest_one_failure_opens_it_again(breaker, clock):
    fail(breaker, 3)
    clock[0] = 31
    fail(breaker, 1)
    with pytest.raises(Resting):
        ask(breaker)


def test_while_one_tries_the_others_rest_on(breaker, clock):
    fail(breaker, 3)
    clock[0] = 31
    with breaker.watching(Away), pytest.raises(Resting):
        ask(breaker)
    assert ask(breaker) == "answer"


def test_an_error_that_is_not_the_services_counts_for_nothing(breaker):
    for _ in range(9):
        with pytest.raises(KeyError):
            ask(breaker, KeyError())
    assert ask(breaker) == "answer"


def test_a_slow_answer_delays_nobody_else(breaker, in_threads):
    together = Barrier(4, timeout=10)

    def slow():
        with breaker.watching(Away):
            return together.wait() >= 0

    assert in_threads(*[slow] * 4) == [True] * 4
