"""A single row out of a cache file, which only tests ask for."""

from featurize.store.row import ROW_FIELDS, Row


def read_row(store, image):
    """The row of one image; raises CacheError where it is missing or its checksum is wrong."""
    maps = store.arrays()
    store.require_rows([image], maps)
    return Row(*(maps[name][store.rows[image], ...] for name in ROW_FIELDS))
