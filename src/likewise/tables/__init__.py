"""Tables of any kind and dialect: files, folders of parts, and what people hold in memory, read in one place."""

from likewise.tables.columns import array_values
from likewise.tables.frame import Frame
from likewise.tables.held import is_table, texts_of
from likewise.tables.reading import ENDINGS, is_table_path, read_frame

__all__ = ["ENDINGS", "Frame", "array_values", "is_table", "is_table_path", "read_frame", "texts_of"]
