"""Street addresses with units, typed or as a recogniser writes them."""

import pytest

from tests.voice.receptionist.calls import open_at, say, slots
from voice.receptionist.understanding.address import address_in
from voice.receptionist.understanding.text import read
from voice.receptionist.understanding.units import unit_in


@pytest.mark.parametrize(
    ("text", "street", "unit"),
    [
        ("1847 W Ainslie St Apt 2", "1847 W Ainslie St", "2"),
        ("eighteen forty seven west ainslie street apartment two", "1847 W Ainslie St", "2"),
        ("it's eighteen forty seven west ainslie street apartment two", "1847 W Ainslie St", "2"),
        ("twenty two ten north halsted street", "2210 N Halsted St", ""),
        ("ten nineteen west armitage avenue", "1019 W Armitage Ave", ""),
        ("three thousand three hundred forty north leavitt street", "3340 N Leavitt St", ""),
        ("two six five one west wabansia avenue", "2651 W Wabansia Ave", ""),
        ("nine ten west belmont avenue", "910 W Belmont Ave", ""),
        ("twelve elm court in naperville", "12 Elm Ct", ""),
        ("fourteen twenty five west nineteenth street unit three b", "1425 W 19th St", "3B"),
        ("two oh one east fifth avenue second floor", "201 E 5th Ave", "2nd Floor"),
        ("4512 martin luther king drive", "4512 Martin Luther King Dr", ""),
        ("500 avenue l", "500 Avenue L", ""),
        ("5 west lake shore drive apartment 12 c as in charlie", "5 W Lake Shore Dr", "12C"),
        ("1 north state street suite four hundred", "1 N State St", "400"),
        ("thirty two fifteen north racine avenue apt 4f", "3215 N Racine Ave", "4F"),
        ("43-12 Bell Blvd Apt 3C", "43-12 Bell Blvd", "3C"),
        ("one twelve dash oh seven liberty avenue", "112-07 Liberty Ave", ""),
        ("112-07 1/2 Liberty Ave", "112-07 1/2 Liberty Ave", ""),
        ("twenty four dash eighteen twenty first street", "24-18 21st St", ""),
        ("sixty six oh four sixty first road", "6604 61st Rd", ""),
        ("820 1/2 N Vine St", "820 1/2 N Vine St", ""),
        ("nine forty east twenty one hundred south", "940 E 2100 S", ""),
        ("2260 West 500 North unit 4", "2260 W 500 N", "4"),
        ("thirty ten ditmars boulevard south", "3010 Ditmars Blvd S", ""),
        ("610 Fulton St Fl 2", "610 Fulton St", "2nd Floor"),
        ("610 fulton street store three", "610 Fulton St", "3"),
        ("7102 Nine Mile Rd Apt C4", "7102 Nine Mile Rd", "C4"),
    ],
)
def test_an_address_is_written_the_way_the_post_writes_it(
    text: str, street: str, unit: str
) -> None:
    found = address_in(read(text), asked=True)
    assert found is not None
    assert (found.street, found.unit) == (street, unit)


@pytest.mark.parametrize(
    "text",
    [
        "I have a 40 gallon gas heater",
        "we've had 2 toilets clogged",
        "it started 3 days ago",
        "seven seven three five five five oh one two one",
        "between 8 and 10 works",
        "my 80 year old mother lives here",
    ],
)
def test_other_numbers_are_no_address(text: str) -> None:
    assert address_in(read(text), asked=False) is None


@pytest.mark.parametrize(
    ("text", "unit"), [("apartment two b", "2B"), ("it's unit 3", "3"), ("2nd floor", "2nd Floor")]
)
def test_a_unit_may_come_later(text: str, unit: str) -> None:
    assert unit_in(read(text), asked=True) == unit


@pytest.mark.parametrize("text", ["twenty first street", "it's on thirty second avenue"])
def test_a_numbered_street_without_a_house_is_no_address(text: str) -> None:
    assert address_in(read(text), asked=True) is None


@pytest.mark.parametrize(
    ("words", "street"),
    [
        ("7708 Corte Del Viento NW", "7708 Corte Del Viento NW"),
        ("1200 paseo del norte", "1200 Paseo Del Norte"),
        ("6812 blue ridge cutoff", "6812 Blue Ridge Cutoff"),
    ],
)
def test_spanish_and_rare_street_types(words: str, street: str) -> None:
    call = open_at()
    say(call, "my sink is clogged", words)
    assert slots(call)["street"] == street
