"""Samples of tables: in files, in folders of parts, and in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from likewise.data.files import open_array
from likewise.data.options import Options
from likewise.data.samples import Samples
from likewise.data.schema import schema_of
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.modalities import make_modality
from likewise.tables import Frame, read_frame


def open_table(source: Any, options: Options) -> Samples:
    """Samples of a table; ``data/schema.py`` says which of its columns are features, and which are metadata.

    Raises:
        LikewiseError: it cannot be read, an option names no column, or a key or a feature is missing in a row.
    """
    frame = read_frame(source, missing=options.missing, dialect=options.dialect)
    if not len(frame):
        raise LikewiseError(f"{frame.where} holds no samples.")
    schema = schema_of(frame, options)
    modality = options.modality or make_modality("vector")
    order = [*schema.features, *(name for name in frame.names if name not in schema.features)]
    if not options.features:
        order = list(frame.names)
    values = {name: frame.values(name, options.types.get(name)) for name in order if name not in schema.left_out}
    table = modality.from_table(values, set(values) - set(schema.features))
    samples = open_array(table.values, replace(options, modality=modality))
    columns = {**samples.columns, **table.columns}
    made = columns.pop("key", None)  # of a long table its kind says which series is whose
    if len(samples) == len(frame):
        keys = None if schema.key is None else _keys(frame, schema.key)
    else:
        keys = None if made is None or options.keys is not None else Keys.of(made)
    notes = (*frame.notes, *table.notes, *schema.notes, *samples.notes)
    return replace(samples, columns=columns, named=keys, features=table.features, notes=notes)


def _keys(frame: Frame, name: str) -> Keys:
    """The keys as they were written.

    Raises:
        LikewiseError: one is missing, or occurs twice.
    """
    text = frame.text(name)
    for row, key in enumerate(text):
        if key is None:
            raise LikewiseError(f"row {row} of {frame.where} has no key in column {name!r}: fill it in.")
    return Keys.of(text)
