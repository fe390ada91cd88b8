"""The examples of the README, type checked against the installed wheel by mypy --strict and by pyright.

    python benchmarks/typed_examples.py

Builds the wheel, installs it into an environment of its own beside this one's packages, writes each Python block of
the README to a file, and runs both checkers (pyright through npx, if it is not installed). A misspelt option of ``fit``
must be an error to both.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MISSPELT = """
import numpy as np
import likewise as lw
lw.fit(lw.open(np.eye(64)), monitr=0.1)
"""


def installed(home: Path) -> Path:
    """The Python of an environment that has the wheel, and this one's other packages."""
    uv = [str(Path(sys.executable).with_name("uv"))]
    subprocess.run([*uv, "build", "--quiet", "--wheel", "--out-dir", str(home / "dist"), str(ROOT)], check=True)
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(home / "env")], check=True)
    python = home / "env" / "bin" / "python"
    (wheel,) = (home / "dist").glob("*.whl")
    subprocess.run([*uv, "pip", "install", "--quiet", "--no-deps", "--python", str(python), str(wheel)], check=True)
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    found = subprocess.run(
        [str(python), "-c", "import likewise; print(likewise.__file__)"], capture_output=True, text=True, check=True
    ).stdout
    assert found.startswith(str(home)), f"not the wheel: {found}"
    return python


def examples(folder: Path) -> None:
    """Write the blocks of the README, each a file."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    for number, block in enumerate(blocks):
        (folder / f"readme_{number}.py").write_text(block)
    print(f"{len(blocks)} examples")


def checkers(python: Path, folder: Path) -> dict[str, list[str]]:
    mypy = [sys.executable, "-m", "mypy", "--strict", "--allow-untyped-calls"]  # torch leaves backward untyped
    mypy += ["--python-executable", str(python), "--cache-dir", str(folder)]
    pyright = ["pyright"] if shutil.which("pyright") else ["npx", "--yes", "pyright"]
    return {"mypy --strict": mypy, "pyright": [*pyright, "--pythonpath", str(python)]}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        python, right, wrong = installed(home), home / "right", home / "wrong"
        right.mkdir()
        wrong.mkdir()
        examples(right)
        (wrong / "misspelt.py").write_text(MISSPELT)
        failed = False
        for name, command in checkers(python, home / "cache").items():
            done = subprocess.run([*command, str(right)], capture_output=True, text=True, cwd=home)
            print(f"{name}: {done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()}")
            if done.returncode:
                failed = True
                print(done.stdout)
            misspelt = subprocess.run([*command, str(wrong)], capture_output=True, text=True, cwd=home)
            noticed = misspelt.returncode != 0 and "monitr" in misspelt.stdout
            print(f"{name}: a misspelt option is {'an error' if noticed else 'NOT NOTICED'}")
            failed |= not noticed
    sys.exit(failed)


if __name__ == "__main__":
    main()
