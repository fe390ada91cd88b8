"""What the page takes from a browser."""

import pytest

from likewise.errors import LikewiseError
from likewise.web.parsing import name_of


@pytest.mark.parametrize("name", ["Zoë", "李雷", "עידו", "علی\u200cرضا", "അവന്\u200d", "O’Neil"])
def test_names_of_all_scripts(name):
    assert name_of(f"  {name} ") == name


@pytest.mark.parametrize("name", ["", " ", "\u200c", "a\u202eb", "a\x00b", "x" * 41])
def test_what_is_no_name(name):
    with pytest.raises(LikewiseError, match="a name has 1 to 40 printable characters"):
        name_of(name)
