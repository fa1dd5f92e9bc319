import re

from report.chapters.tripod import ITEMS


def test_the_statement_has_52_items_of_27_numbers_in_order():
    keys = [(int(number), letter) for number, letter in (re.fullmatch(r"(\d+)(\w?)", item).groups() for item in ITEMS)]
    assert len(keys) == 52 and keys == sorted(keys) and {number for number, _ in keys} == set(range(1, 28))


def test_every_item_asks_and_says_what_to_write():
    assert all(topic and write.endswith(".") for topic, write in ITEMS.values())
