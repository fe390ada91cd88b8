"""What the columns of a table mean: guessed, said, and overridden."""

import numpy as np
import pyarrow as pa
import pytest

import likewise as lw
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)
N = 20
WIDTHS, HEIGHTS = rng.random(N), rng.random(N)


def opened(columns, **options):
    return lw.open(pa.table({**columns, "width": WIDTHS, "height": HEIGHTS}), **options)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("", np.arange(N)),
        ("Unnamed: 0", np.arange(N)),
        ("__index_level_0__", rng.permutation(N)),
        ("index", np.arange(N)),
        ("ID", rng.permutation(N)),
        ("patient", 1000 + np.arange(N) // 4),
        ("patient_id", np.arange(N) // 4),
        ("site", np.arange(N) % 3),
        ("subjectID", np.where(np.arange(N) < 3, np.nan, np.arange(N))),
        ("row", np.arange(N)),
        ("target", np.arange(N) % 3),
        ("Class", np.arange(N) % 2),
        ("class_label", np.arange(N) % 2),
        ("y", rng.random(N)),
        ("visits", 10 + np.arange(N)),
    ],
)
def test_ids_indices_and_targets_are_set_aside_and_stay_metadata(name, values):
    samples = opened({name: values})
    assert samples.features == ("width", "height")
    kept = name if name in samples.columns else "column 0"
    np.testing.assert_array_equal(samples[kept], values)
    assert f"'{kept}' (" in samples.notes[-1]
    assert kept in repr(samples)
    wide = lw.open(pa.table({"width": WIDTHS, kept: rng.permutation(N)}), features=["width", kept])
    assert wide.features == ("width", kept)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("age", 20 + np.arange(N) // 4),
        ("bmi_index", np.arange(N) // 2),
        ("patient_age", np.arange(N) // 2),
        ("group", rng.random(N)),
        ("classification", np.arange(N) // 2),
        ("valid", np.arange(N) % 2 == 0),
    ],
)
def test_other_numbers_are_features(name, values):
    samples = opened({name: values})
    assert samples.features == (name, "width", "height")
    assert len(samples.notes) == 1


def test_numbers_that_count_are_features_where_nothing_suggests_an_id_and_it_is_said():
    samples = lw.open(pa.table({"width": WIDTHS, "seconds": np.arange(N)}))
    assert samples.features == ("width", "seconds")
    assert "'seconds'; exclude= leaves it out" in samples.notes[-1]
    assert lw.open(pa.table({"width": WIDTHS, "seconds": np.arange(N)}), exclude="seconds").features == ("width",)
    assert lw.open(pa.table({"count": np.arange(N)})).features == ("count",)  # nothing else would be left
    few = lw.open(pa.table({"count": [1, 2, 3], "width": WIDTHS[:3]}))
    assert few.features == ("count", "width")  # three numbers that differ say nothing


def test_y_beside_x_is_a_coordinate():
    assert lw.open(pa.table({"x": WIDTHS, "y": HEIGHTS})).features == ("x", "y")


def test_what_says_the_same_as_the_label_is_no_feature():
    names = np.array(["cat", "dog", "elk"])[np.arange(N) % 3]
    samples = opened({"label": names, "code": 7 - np.arange(N) % 3, "legs": np.arange(N) % 2})
    assert samples.features == ("legs", "width", "height")
    assert "'code' (says the same as the label)" in samples.notes[-1]


def test_features_exclude_and_types():
    columns = {"zip": ["01067"] * N, "width": WIDTHS, "id": np.arange(N), "height": HEIGHTS}
    table = pa.table(columns)
    assert lw.open(table, features=["height", "id"]).storage.tolist()[3] == [np.float32(HEIGHTS[3]), 3]
    assert "width" in lw.open(table, features="height").columns
    assert lw.open(table, features=["zip"], types={"zip": "number"}).storage[0].tolist() == [1067]
    assert "id" not in lw.open(table, exclude=["id"]).columns
    assert lw.open(table, types={"width": "text"}).features == ("height",)
    for options, sentence in [
        ({"features": ["widht"]}, "unknown column 'widht': did you mean 'width'"),
        ({"features": "zip"}, r"column 'zip' holds text: types=\{'zip': 'number'\}"),
        ({"features": "id", "exclude": "id"}, "'id' is both among the features and excluded"),
        ({"exclude": "hight"}, "unknown column 'hight'"),
        ({"types": {"zip": "colour"}}, "unknown type of a column 'colour'"),
        ({"keys": "name"}, "unknown column 'name'"),
        ({"keys": "zip"}, "key '01067' occurs twice"),
    ]:
        with pytest.raises(LikewiseError, match=sentence):
            lw.open(table, **options)
    with pytest.raises(LikewiseError, match=r"no column of numbers .*; id were set aside, and features= takes them in"):
        lw.open(pa.table({"id": np.arange(N), "word": ["x"] * N}))
    with pytest.raises(LikewiseError, match="row 1 of the table has no key in column 'name'"):
        lw.open(pa.table({"name": ["x", None], "a": [1.5, 2.5]}), keys="name")


def test_groups_of_a_table_stay_on_one_side_and_the_missing_are_none():
    patient = [None if row < 8 else 100 + row // 4 for row in range(N)]
    samples = opened({"patient": patient})
    one, two = samples.split(0.5, group="patient")
    known = [set(part["patient"][~np.isnan(part["patient"])]) for part in (one, two)]
    assert not known[0] & known[1]
    assert min(np.isnan(part["patient"]).sum() for part in (one, two)) > 0  # no patient holds them together
    words = opened({"site": ["NA" if value is None else str(value) for value in patient]})
    assert lw.same(words["site"]).to_scipy()[:8].nnz == 0
