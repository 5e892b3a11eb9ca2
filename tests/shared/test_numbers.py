"""Numbers are written with every digit they have."""

from hypothesis import given
from hypothesis import strategies as st

from shared.numbers import write_number


@given(st.one_of(st.integers(-(10**14), 10**14), st.floats(-1e12, 1e12).map(lambda each: round(each, 2))))
def test_a_number_written_in_either_language_is_the_number(number: float) -> None:
    french = write_number(number).replace("\u202f", "").replace(",", ".")
    assert float(french.replace("\u2212", "-")) == number
    assert float(write_number(number, "en").replace(",", "").replace("\u2212", "-")) == number


def test_a_large_total_loses_no_digit() -> None:
    assert write_number(1234567890123.5) == "1\u202f234\u202f567\u202f890\u202f123,5"
    assert write_number("9007199254740993.25") == "9007199254740993.25"
