"""The console's files: read once, sent as they were compressed when they were built, under a policy of their own."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import RedirectResponse, Response

from chassis.errors import NotFound

HOME = "/console/"
ASSETS = HOME + "assets/"
NONCE = "__NONCE__"

_FOREVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_PERMISSIONS = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    """A file whose name changes with its content."""

    media_type: str
    body: bytes
    encoded: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Build:
    """What was built at one time."""

    built: int
    page: str
    assets: dict[str, _Asset]


class ConsoleFiles:
    """What is in the console's folder; a new build is noticed when its page is asked for."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory) if directory else None
        self._build: _Build | None = None

    @property
    def there(self) -> bool:
        """Whether there is a console to show."""
        return self._current() is not None

    def answer(self, path: str, *, accept_encoding: str) -> Response:
        """The file at this path; every path that names none is a place within the console."""
        build = self._current() if not path.startswith(ASSETS) else self._build or self._current()
        if build is None:
            raise NotFound
        if path == HOME.rstrip("/"):
            return RedirectResponse(HOME, status_code=308)
        if not path.startswith(ASSETS):
            return self._page(build)
        asset = build.assets.get(path.removeprefix(ASSETS))
        if asset is None:
            raise NotFound
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        accepted = {part.split(";")[0].strip() for part in accept_encoding.lower().split(",")}
        for name, body in asset.encoded:
            if name in accepted:
                return Response(
                    body,
                    media_type=asset.media_type,
                    headers=headers | {"Content-Encoding": name},
                )
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    def _page(self, build: _Build) -> Response:
        nonce = secrets.token_urlsafe(18)
        policy = (
            "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
            f"style-src 'self' 'nonce-{nonce}'; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": policy,
            "Permissions-Policy": _PERMISSIONS,
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        body = build.page.replace(NONCE, nonce)
        return Response(body, media_type="text/html; charset=utf-8", headers=headers)

    def _current(self) -> _Build | None:
        if self._directory is None:
            return None
        page = self._directory / "index.html"
        try:
            built = page.stat().st_mtime_ns
            if self._build is None or self._build.built != built:
                self._build = _Build(
                    built, page.read_text("utf-8"), _read(self._directory / "assets")
                )
        except FileNotFoundError:
            # while a build replaces the files, the last one is still good
            return self._build
        return self._build


def _read(directory: Path) -> dict[str, _Asset]:
    files = {path.name: path.read_bytes() for path in sorted(directory.iterdir())}
    endings = tuple(ending for _, ending in _ENCODINGS)
    return {
        name: _Asset(
            _TYPES.get(Path(name).suffix)
            or mimetypes.guess_type(name)[0]
            or "application/octet-stream",
            body,
            tuple(
                (encoding, files[name + ending])
                for encoding, ending in _ENCODINGS
                if name + ending in files
            ),
        )
        for name, body in files.items()
        if not name.endswith(endings)
    }
