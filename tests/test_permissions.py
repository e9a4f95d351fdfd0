"""The table of permissions is what the routes ask for."""

from operations import permissions


def test_the_committed_table_says_what_the_routes_ask_for() -> None:
    assert permissions.file().read_text("utf-8") == permissions.text(), (
        "write it anew: python -m operations.permissions write"
    )
