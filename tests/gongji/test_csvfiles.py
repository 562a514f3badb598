"""Files that come in: read line by line, whatever is wrong with some of them."""

from datetime import UTC, datetime

import pytest

from gongji import csvfiles
from gongji.csvfiles import Bad, NotReadable, Tally
from gongji.moments import moment

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def read(tmp_path, text, columns=("a", "b"), size=2):
    """The batches of a file, what the reader could not read, and the tally."""
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    seen, tally = [], Tally()
    csvfiles.stream(
        path,
        columns,
        tally=tally,
        size=size,
        load=lambda batch: (
            seen.append(batch) or [(line, Bad("a", "x")) for line, cells in batch if not cells[0]]
        ),
        progress=lambda: None,
    )
    return seen, tally


def test_lines_come_in_batches_with_their_numbers(tmp_path):
    seen, tally = read(tmp_path, "\ufeffa,b\n1,2\n\n3,4\r\n5,6\n")
    assert seen == [[(2, ["1", "2"]), (4, ["3", "4"])], [(5, ["5", "6"])]]
    assert (tally.read, tally.bad, tally.errors_file) == (3, 0, None)


def test_columns_are_found_by_name_and_others_left_out(tmp_path):
    assert read(tmp_path, "c, b ,a\n1,2,3\n")[0] == [[(2, ["3", "2"])]]


def test_a_line_of_another_length_is_passed_on_as_it_is(tmp_path):
    assert read(tmp_path, "a,b,c\n1,2\n1,2,3,4\n")[0] == [[(2, ["1", "2"]), (3, ["1", "2", "3", "4"])]]


def test_what_is_wrong_is_listed_beside_the_file_and_forgotten_when_mended(tmp_path):
    _, tally = read(tmp_path, 'a,b\n,1\n1,2\n"x"y,1\n,3\n')
    listed = tally.errors_file.read_text("utf-8-sig").splitlines()
    assert (tally.read, tally.bad) == (4, 3)
    assert [line.split(",")[0] for line in listed] == ["line", "2", "4", "5"]
    assert read(tmp_path, "a,b\n1,2\n")[1].errors_file is None
    assert not (tmp_path / "file.csv.errors.csv").exists()


def test_the_list_is_closed_when_the_import_is_interrupted(tmp_path):
    path, tally = tmp_path / "file.csv", Tally()
    path.write_text("a\n1\n2\n")

    def load(batch):
        if batch[0][0] == 3:
            raise KeyboardInterrupt
        return [(2, Bad("a", "x"))]

    with pytest.raises(KeyboardInterrupt):
        csvfiles.stream(path, ["a"], tally=tally, size=1, load=load, progress=lambda: None)
    assert tally.errors_file.read_text("utf-8-sig").count("\n") == 2


@pytest.mark.parametrize("text", ["", "a\n1\n", "x,y\n", "\n\n"])
def test_a_missing_column_is_named(tmp_path, text):
    with pytest.raises(NotReadable, match="b"):
        read(tmp_path, text)


# ------------------------------------------------------------- moments
@pytest.mark.parametrize(
    "text", ["2026-11-20T10:30:00+08:00", "2026-11-20t02:30:00z", "2026-11-20T02:30:00.000Z"]
)
def test_a_moment_is_the_same_however_it_is_written(text):
    assert moment(text, now=NOW) == datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T10:30:00",
        "2026-11-20 10:30:00Z",
        "2026-13-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "2026-11-21T00:06:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-11-20T10:30:00+25:00",
        "２026-11-20T10:30:00Z",
        None,
        5,
    ],
)
def test_what_is_no_moment_of_the_past_is_refused(text):
    with pytest.raises(ValueError, match=r"RFC 3339|future|must be in|offset"):
        moment(text, now=NOW)
