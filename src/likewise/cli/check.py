"""``likewise check``: what samples were read as, and what about them asks for a look."""

from __future__ import annotations

from likewise.cli.options import Json, emit
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples


@with_samples
def check(data: Data, opening: Opening = AS_IT_IS, as_json: Json = False) -> None:
    """See what your samples are read as: features, metadata, classes, missing values, columns that give the label away.

    Example: likewise check patients.csv --labels outcome
    """
    from likewise.data.checking import check as run

    found = run(opening.samples(data, quiet=True))
    emit(found.as_json(), str(found), as_json=as_json)
