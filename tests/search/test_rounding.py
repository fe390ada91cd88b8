import subprocess
import sys

import pytest

SETTINGS = {
    "untouched": "",
    "older, high": "torch.set_float32_matmul_precision('high')",
    "older, allowed": "torch.backends.cuda.matmul.allow_tf32 = True",
    "newer": "torch.backends.cuda.matmul.fp32_precision = 'tf32'",
    "newer, everywhere": "torch.backends.fp32_precision = 'tf32'",
}
PROGRAM = """
import warnings
import torch
from likewise.search.rounding import honest_products

warnings.simplefilter("ignore")

def state():
    found = [torch.backends.cuda.matmul.fp32_precision, torch.backends.mkldnn.matmul.fp32_precision]
    for read in (torch._C._get_cublas_allow_tf32, torch.get_float32_matmul_precision):
        try:
            found.append(read())
        except RuntimeError:
            found.append("disagree")
    return found

{setting}
before = state()
with honest_products(torch.device("cpu")):
    assert state() == ["ieee", "ieee", False, "highest"], state()
assert state() == before, (before, state())
"""


@pytest.mark.parametrize("setting", SETTINGS)
def test_products_are_exact_whatever_the_user_has_set_and_that_is_restored(setting):
    """In a process of its own: the switches are torch's, and some of their combinations cannot be taken back."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(setting=SETTINGS[setting])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
