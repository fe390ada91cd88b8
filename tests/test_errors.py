from likewise.errors import LikewiseError, missing_extra, unknown_name


def test_bad_input_is_a_value_error():
    assert issubclass(LikewiseError, ValueError)


def test_an_unknown_name_names_the_nearest_and_all():
    error = unknown_name("method", "vicregg", ["simclr", "vicreg", "byol"])
    assert str(error) == "unknown method 'vicregg': did you mean 'vicreg'? Choose from byol, simclr, vicreg."
    assert str(unknown_name("method", 3, iter(["byol"]))) == "unknown method '3': Choose from byol."


def test_a_missing_extra_says_how_to_get_it():
    assert "pip install 'likewise[faiss]'" in str(missing_extra("faiss", "faiss", "approximate search"))
