"""The reference names everything that is public."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_reference_is_that_of_the_rooms():
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.reference()
    assert (DOCS / "reference.md").read_text() == text, "write it anew: python docs/reference.py"
    assert "| |" not in text.replace("| name | |", "")  # everything has a sentence
