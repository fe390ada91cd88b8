import subprocess
import sys

import likewise

HEAVY = ("accelerate", "timm", "sklearn", "scipy", "matplotlib", "pyarrow", "PIL", "rich", "typer", "pandas")


def test_every_public_name_is_there():
    for name in likewise.__all__:
        assert getattr(likewise, name) is not None


def test_a_graph_and_a_loss_load_nothing_heavy():
    program = (
        "import sys, torch, likewise\n"
        "graph = likewise.SimilarityGraph.from_labels([0, 0, 1, 1])\n"
        "ids = torch.stack([torch.arange(4), graph.draw(torch.arange(4))])\n"
        "likewise.losses.contrastive(torch.randn(2, 4, 8), relation=graph.relation(ids))\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_waits_for_nothing_heavy():
    heavy = ["torch", *(name for name in HEAVY if name not in ("rich", "typer"))]
    program = (
        "import sys\n"
        "from likewise.cli.main import main\n"
        "assert main(['ask', '--help']) == 0\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
