from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import likewise as lw

X = np.arange(12.0).reshape(6, 2)
TAKEN = [datetime(2020, 1, 1), datetime(2020, 1, 1, 0, 10), datetime(2021, 1, 1), None, None, datetime(2022, 1, 1)]
ZONE = timezone(timedelta(hours=2))


def zoned(value):
    return None if value is None else value.replace(tzinfo=UTC).astimezone(ZONE)


@pytest.mark.parametrize(
    "taken",
    [
        TAKEN,
        np.array(TAKEN, "datetime64[s]"),
        np.array(TAKEN, "datetime64[ns]"),
        [zoned(value) for value in TAKEN],
    ],
    ids=["objects", "seconds", "nanoseconds", "zoned"],
)
def test_dates_of_a_dict_have_a_tolerance_and_missing_ones_belong_to_nobody(taken):
    column = lw.open(X, columns={"taken": taken})["taken"]
    assert np.isnat(column).tolist() == [False, False, False, True, True, False]
    assert lw.same(column, tolerance=3600).to_scipy().nonzero()[0].tolist() == [0, 1]
    assert lw.same(column).to_scipy().nnz == 0
    assert lw.same(np.array(taken, object) if isinstance(taken, list) else taken, tolerance=3600).to_scipy().nnz == 2


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("unit", [pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "Europe/Berlin")])
def test_dates_of_files_have_a_tolerance(kind, unit, tmp_path):
    taken = pa.array(TAKEN, pa.timestamp("us")).cast(unit)
    table, path = pa.table({"key": list("fedcba"), "taken": taken[::-1]}), tmp_path / f"meta.{kind}"
    pa.csv.write_csv(table, path) if kind == "csv" else pa.parquet.write_table(table, path)
    samples = lw.open(X, keys=list("abcdef"), columns=path)
    assert lw.same(samples["taken"], tolerance=3600).to_scipy().nonzero()[0].tolist() == [0, 1]
    assert np.isnat(samples["taken"])[3]


def test_dates_may_be_labels_and_keys_and_are_told_as_text(tmp_path):
    days = [date(2020, 1, 1), date(2020, 1, 1), None, date(2020, 1, 3), date(2020, 1, 4), date(2020, 1, 4)]
    samples = lw.open(X, labels=days, keys=[f"2020-02-0{day}" for day in range(1, 7)])
    assert samples.classes == ("2020-01-01", "2020-01-03", "2020-01-04")
    assert samples.labels.tolist() == [0, 0, -1, 1, 2, 2]
    lines = ["key,day", *(f"2020-02-0{day},{day}" for day in range(6, 0, -1))]
    (tmp_path / "meta.csv").write_text("\n".join(lines))
    assert lw.open(X, keys=samples.keys.values, columns=tmp_path / "meta.csv")["day"].tolist() == [1, 2, 3, 4, 5, 6]
    times = (np.arange(6) * 1000).astype("datetime64[ns]")
    assert lw.open(X, keys=times).keys.values[1] == "1970-01-01 00:00:00.000001"
    assert lw.open(X, columns={"day": days}).facts["day"].astype(str).tolist()[1:3] == ["2020-01-01", "NaT"]
