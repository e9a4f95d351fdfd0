"""The console's files: cached for ever or not at all, compressed as they were built, under a policy of their own."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from chassis.errors import NotFound
from gateway.console import ConsoleFiles


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta nonce="__NONCE__"><div id="root"></div>', "utf-8")
    (tmp_path / "assets" / "index-a1.js").write_text("let a = 1;", "utf-8")
    (tmp_path / "assets" / "index-a1.js.gz").write_bytes(gzip.compress(b"let a = 1;"))
    return tmp_path


def test_every_place_of_the_console_is_its_page_with_a_nonce_of_its_own(built: Path) -> None:
    console = ConsoleFiles(str(built))

    first = console.answer("/console/", accept_encoding="")
    deep = console.answer("/console/sales/orders/1?x=1", accept_encoding="")

    nonces = [re.findall(rb'nonce="([^"]+)"', answer.body)[0].decode() for answer in (first, deep)]
    assert nonces[0] != nonces[1]
    policy = first.headers["content-security-policy"]
    assert f"'nonce-{nonces[0]}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert first.headers["cache-control"] == "no-cache"


def test_assets_are_kept_for_ever_and_sent_as_they_were_compressed(built: Path) -> None:
    console = ConsoleFiles(str(built))

    plain = console.answer("/console/assets/index-a1.js", accept_encoding="identity")
    packed = console.answer("/console/assets/index-a1.js", accept_encoding="br;q=1, gzip")

    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")
    assert plain.body == b"let a = 1;"
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == plain.body


def test_an_asset_that_is_not_there_is_not_the_page(built: Path) -> None:
    console = ConsoleFiles(str(built))

    for path in (
        "/console/assets/index-b2.js",
        "/console/assets/../index.html",
        "/console/assets/",
    ):
        with pytest.raises(NotFound):
            console.answer(path, accept_encoding="")


def test_a_new_build_is_noticed(built: Path) -> None:
    console = ConsoleFiles(str(built))
    console.answer("/console/", accept_encoding="")

    (built / "assets" / "index-b2.js").write_text("let b = 2;", "utf-8")
    page = built / "index.html"
    page.write_text("new", "utf-8")
    console.answer("/console/", accept_encoding="")

    assert console.answer("/console/assets/index-b2.js", accept_encoding="").body == b"let b = 2;"


def test_without_a_build_there_is_no_console(tmp_path: Path) -> None:
    for directory in ("", str(tmp_path)):
        console = ConsoleFiles(directory)

        assert not console.there
        with pytest.raises(NotFound):
            console.answer("/console/", accept_encoding="")
