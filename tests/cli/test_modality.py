"""``--modality`` says what kind of data the samples are, with options after a colon."""

import numpy as np
import pytest

from likewise.cli.main import main

CHOSEN = ["--neighbors", "2", "--out", "g"]
WALKS = np.random.default_rng(0).standard_normal((12, 20)).cumsum(1)


def test_series_by_name_and_from_a_long_table(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", WALKS)
    assert main(["space", "x.npy", "--modality", "series"]) == 0
    assert "12 series of 1 x 20" in capsys.readouterr().err
    rows = [f"p{i},{step},{value},{-value}" for i, walk in enumerate(WALKS) for step, value in enumerate(walk)]
    (tmp_path / "long.csv").write_text("\n".join(["who,day,up,down", *rows]))
    assert main(["graph", "long.csv", "--modality", "series:by=who,time=day,values=up,down", *CHOSEN]) == 0
    assert "12 series of 2 x 20" in capsys.readouterr().err
    assert main(["audit", "g", "--data", "long.csv", "--modality", "series:by=who,time=day", "--by-labels"]) == 2
    assert "12 series of 2 x 20" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("serie", "unknown modality 'serie': did you mean 'series'"),
        ("series:who", "options of a modality are NAME=VALUE after its colon"),
        ("series:bye=who", "unknown option of the modality 'series' 'bye': did you mean 'by'"),
        ("text:dim=x", "dim is the number of entries"),
    ],
)
def test_bad_modalities_are_one_sentence(given, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", WALKS)
    assert main(["space", "x.npy", "--modality", given]) == 2
    assert sentence in capsys.readouterr().err
