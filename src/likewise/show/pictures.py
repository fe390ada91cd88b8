"""How a sample looks: a picture, a plot of its values, or a text; made once and kept."""

from __future__ import annotations

import base64
import io
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Any

from likewise.arrays import Array
from likewise.data import Samples
from likewise.data.pixels import upright
from likewise.data.reading import with_picture
from likewise.data.storage import ArrayStore, PictureStore
from likewise.errors import LikewiseError
from likewise.modalities import Drawing
from likewise.show.formatting import figures

HELD, THUMB, LARGE = 128, 256, 1600
"""Sides in pixels at most: in a file, on a page, looked closer at."""
KEPT = 128 << 20
"""Bytes of pictures that are kept in memory."""
SMALL = 64
"""Images of at most this side are not enlarged as far as others: they would be a blur."""
FACTS = 4
"""Metadata columns that are shown of a sample."""
FEATURES = 24
"""Columns of a table whose values are shown; where there are more, none are."""

Shown = tuple[bytes, str]
Show = Callable[[int], Any]


class Pictures:
    """What is shown of each sample, by id and nothing else.

    Args:
        samples: the samples; None where only their keys are known.
        names: what the samples are called; by default their keys, or their numbers where keys are hashes of content.
        show: how to show a sample of an unknown kind: given an id, it returns a text or a PIL image.
        originals: the same samples, streamed from their files, where these are in memory as training sees them.

    Attributes:
        served: whether addresses are those of a server.
        side: of pictures, where nothing else is asked for.
    """

    served, side = True, THUMB

    def __init__(
        self,
        samples: Samples | None,
        names: Array | None = None,
        show: Show | None = None,
        originals: Samples | None = None,
    ) -> None:
        self.samples, self.show = samples, show
        self._source = samples if originals is None else originals
        self.names: Any = names_of(samples) if names is None else names
        self._mark = secrets.token_hex(4)
        self._kept: OrderedDict[tuple[int, int], Shown] = OrderedDict()
        self._size, self._lock, self._measuring = 0, threading.Lock(), threading.Lock()
        columns = {} if samples is None else samples.facts
        self._text = None if samples is None else samples.modality.text_column(columns)
        self._facts = [name for name in columns if name != self._text][:FACTS]
        named = () if samples is None else samples.features
        self._features = named if len(named) <= FEATURES else ()

    def __len__(self) -> int:
        return len(self.names)

    def card(self, row: int, side: int | None = None) -> dict[str, Any]:
        """What is needed to show a sample, as JSON holds it.

        Args:
            row: its id.
            side: of its picture, in pixels at most; None: ``side``.
        """
        text = self.text(row)
        return {
            "id": row,
            "name": str(self.names[row]),
            "picture": None if text is not None else self.address(row, side or self.side),
            "large": None if text is not None else self.address(row, LARGE),
            "small": self.small,
            "text": text,
            "facts": self._told(row),
        }

    def address(self, row: int, side: int) -> str | None:
        """Where the server answers with a sample's picture; None where it is not to be had.

        No address is ever that of another picture, for browsers keep what they were shown.
        """
        return f"/picture/{row}{'/large' if side == LARGE else ''}?{self._mark}"

    def _told(self, row: int) -> list[list[str]]:
        """Names and values of a sample's metadata and, of a table's row, of its columns."""
        if self.samples is None:
            return []
        told = [[name, str(self.samples.columns[name][row])] for name in self._facts]
        values = self.samples.read([row])[0].tolist() if self._features else []
        return told + [[name, figures(value)] for name, value in zip(self._features, values, strict=True)]

    @property
    def small(self) -> bool:
        """Whether the samples are small images."""
        side = None if self.samples is None else self.samples.modality.side(self.samples.shape)
        return side is not None and side <= SMALL

    def text(self, row: int) -> str | None:
        """A sample as a text; None where it has a picture."""
        if self.show is not None:
            shown = self.show(row)
            return shown if isinstance(shown, str) else None
        if self.samples is None:
            return str(self.names[row])
        return None if self._text is None else str(self.samples.columns[self._text][row])

    def picture(self, row: int, side: int = THUMB) -> Shown:
        """The bytes of a sample's picture and their type; made when first asked for.

        Args:
            row: the sample's id.
            side: of the picture, in pixels at most.

        Raises:
            LikewiseError: there is no such sample, it has no picture, or it cannot be read.
        """
        if not 0 <= row < len(self):
            raise LikewiseError(f"there is no sample {row}.")
        with self._lock:
            if (row, side) in self._kept:
                self._kept.move_to_end((row, side))
                return self._kept[row, side]
        made = self._make(row, side)
        with self._lock:
            if (row, side) not in self._kept:
                self._kept[row, side] = made
                self._size += len(made[0])
            while self._size > KEPT and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1][0])
        return made

    def _make(self, row: int, side: int) -> Shown:
        if self.show is not None:
            shown = self.show(row)
            if isinstance(shown, str) or not hasattr(shown, "save"):
                raise LikewiseError(f"sample {row} has no picture.")
            return _encoded(shown, side)
        source = self._source
        if source is None:
            raise LikewiseError("the samples are not here: name them with --data.")
        store = source.store.origin if isinstance(source.store, ArrayStore) else source.store
        if isinstance(store, PictureStore):  # the file itself has more detail than what training sees
            place = int(store.kept[source.ids[row]])
            return with_picture(store.pictures, place, lambda image: _encoded(upright(image, store.plan), side))
        with self._measuring:
            draw = self._drawing
        drawn = draw(source.read([row])[0])
        return (drawn, "image/svg+xml") if isinstance(drawn, bytes) else _encoded(drawn, side)

    @cached_property
    def _drawing(self) -> Drawing:
        """Measured by all the samples of which a subset is shown."""
        source = self._source
        assert source is not None
        return source.modality.drawing(source.root or source)


class HeldPictures(Pictures):
    """Pictures whose addresses hold them: for a file that no server stands behind. None is large."""

    served, side = False, HELD

    def address(self, row: int, side: int) -> str | None:
        """The picture itself, as an address."""
        return None if side == LARGE else data_uri(*self.picture(row, side))


def names_of(samples: Samples | None) -> Any:
    """What samples are called: their keys or, where nobody gave them any, their numbers."""
    if samples is None:
        raise LikewiseError("pictures need samples, or their names.")
    named = samples.named if samples.root is None else samples.root.named
    return samples.keys.values if named is not None else [f"No. {row}" for row in samples.ids.tolist()]


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _encoded(image: Any, side: int) -> Shown:
    """A picture of at most this side; without loss where it is itself far smaller than that."""
    image = image.convert("L" if image.mode in ("1", "L") else "RGB")
    exact = max(image.size) <= min(side // 2, THUMB)
    if max(image.size) > side:
        image.thumbnail((side, side))
    content = io.BytesIO()
    image.save(content, "PNG") if exact else image.save(content, "JPEG", quality=85)
    return content.getvalue(), "image/png" if exact else "image/jpeg"
