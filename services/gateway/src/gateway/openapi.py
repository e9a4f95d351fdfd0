"""One API document out of the services': names prefixed by service, the last known part of one that is down."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from aiohttp import ClientTimeout

from chassis.telemetry import logger
from gateway.proxy import Proxy
from gateway.routes import API, Routes

READ_SECONDS = 5.0
DOCUMENT_MAX = 8 * 1024 * 1024
AGAIN_SECONDS = 2.0
METHODS = frozenset(("get", "put", "post", "delete", "patch", "head", "options"))

Json = dict[str, Any]

_log = logger("gateway.openapi")


@dataclass(frozen=True, slots=True)
class Composition:
    """The document as it is sent."""

    body: bytes
    etag: str


class Documents:
    """The services' documents, read again now and then."""

    def __init__(self, routes: Routes, proxy: Proxy, *, version: str, every: float) -> None:
        self._routes = routes
        self._proxy = proxy
        self._version = version
        self._every = every
        self._known: dict[str, Json] = {}
        self._absent: frozenset[str] = frozenset(routes.addresses)
        self._composition = _composition({}, version=version, absent=self._absent)
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def current(self) -> Composition:
        """The composed document; services that were missing are asked again first."""
        if self._absent and time.monotonic() - self._read_at > AGAIN_SECONDS:
            await self.read()
        return self._composition

    async def read(self) -> None:
        """Ask every service for its document; what one said last is kept when it does not answer."""
        async with self._lock:
            if time.monotonic() - self._read_at < AGAIN_SECONDS:
                return
            names = list(self._routes.addresses)
            found = await asyncio.gather(
                *(self._read_one(self._routes.addresses[name]) for name in names)
            )
            documents = {
                name: document
                for name, document in zip(names, found, strict=True)
                if document is not None
            }
            self._absent = frozenset(names) - documents.keys()
            self._known |= documents
            self._composition = _composition(
                self._known, version=self._version, absent=self._absent
            )
            self._read_at = time.monotonic()

    async def run(self) -> None:
        """Keep reading, until cancelled."""
        while True:
            try:
                await self.read()
            except Exception as error:
                _log.warning("documents were not composed", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS if self._absent else self._every)

    async def _read_one(self, address: str) -> Json | None:
        try:
            async with self._proxy.session.get(
                f"{address}/openapi.json",
                timeout=ClientTimeout(total=READ_SECONDS),
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    return None
                raw = await answer.read()
                document: object = json.loads(raw) if len(raw) <= DOCUMENT_MAX else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        return cast(Json, document) if isinstance(document, dict) else None


def _composition(
    documents: Mapping[str, Json], *, version: str, absent: frozenset[str]
) -> Composition:
    body = json.dumps(
        compose(documents, version=version, absent=absent), ensure_ascii=False
    ).encode()
    return Composition(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def compose(
    documents: Mapping[str, Json], *, version: str, absent: frozenset[str] = frozenset()
) -> Json:
    """The document of the whole API."""
    paths: Json = {API + "status": _STATUS, API + "stream": _STREAM}
    components: dict[str, Json] = {"securitySchemes": {}}
    tags: list[Json] = []
    for service in sorted(documents):
        part = _prefixed(service, documents[service])
        paths |= part["paths"]
        for kind, members in part["components"].items():
            components.setdefault(kind, {}).update(members)
        tags += [{"name": name, "x-service": service} for name in part["tags"]]
    components["securitySchemes"] |= {
        "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tongheng 通衡",
            "version": version,
            "description": _DESCRIPTION,
            "x-services": {
                name: {
                    "version": str(document.get("info", {}).get("version", "")),
                    "answers": name not in absent,
                }
                for name, document in sorted(documents.items())
            },
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": "system"}, *tags],
        "paths": dict(sorted(paths.items())),
        "components": {
            kind: dict(sorted(members.items())) for kind, members in sorted(components.items())
        },
    }


def _prefixed(service: str, document: Json) -> Json:
    """A service's part, with all its names prefixed; what is not part of the API is left out."""
    names: dict[str, str] = {}
    components: Json = {}
    for kind, members in cast("dict[str, Json]", document.get("components") or {}).items():
        if kind == "securitySchemes":
            components[kind] = dict(members)
            continue
        components[kind] = {}
        for name, member in members.items():
            names[f"#/components/{kind}/{name}"] = f"#/components/{kind}/{service}_{name}"
            components[kind][f"{service}_{name}"] = member
    for kind, members in components.items():
        if kind != "securitySchemes":
            components[kind] = {name: _renamed(member, names) for name, member in members.items()}
    paths: Json = {}
    tags: dict[str, None] = {}
    for path, item in cast("dict[str, Json]", document.get("paths") or {}).items():
        if not path.startswith(API):
            continue
        paths[path] = {}
        for method, operation in item.items():
            if method not in METHODS:
                paths[path][method] = _renamed(operation, names)
                continue
            mine: Json = _renamed(operation, names)
            if "operationId" in mine:
                mine["operationId"] = f"{service}_{mine['operationId']}"
            mine["tags"] = [_tag(service, str(tag)) for tag in mine.get("tags") or [service]]
            tags |= dict.fromkeys(mine["tags"])
            paths[path][method] = mine
    return {"paths": paths, "components": components, "tags": list(tags)}


def _tag(service: str, tag: str) -> str:
    return tag if tag == service or tag.startswith(service + "/") else f"{service}/{tag}"


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The value with its references following the new names."""
    if isinstance(value, dict):
        members = cast(Json, value)
        return {
            key: names.get(member, member)
            if key == "$ref" and isinstance(member, str)
            else {each: names.get(str(to), str(to)) for each, to in cast(Json, member).items()}
            if key == "mapping" and isinstance(member, dict) and "propertyName" in members
            else _renamed(member, names)
            for key, member in members.items()
        }
    if isinstance(value, list):
        return [_renamed(each, names) for each in cast("list[Any]", value)]
    return value


_DESCRIPTION = (
    "The ERP's whole API. Get a token at `POST /api/v1/auth/token`, send it as `Authorization: Bearer`. "
    "Every POST carries an `Idempotency-Key`; PUT, PATCH and DELETE an `If-Match` with the version. "
    "Decimals are strings. Errors are problem documents (RFC 9457) with a stable `code`."
)

_STATUS: Json = {
    "get": {
        "operationId": "gateway_status",
        "tags": ["system"],
        "summary": "What is pending in every service, and whether the system is quiet",
        "description": "Needs the permission operations.read.",
        "security": [{"accessToken": []}],
        "responses": {
            "200": {
                "description": "All that is pending.",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["quiet", "at", "services"],
                            "properties": {
                                "quiet": {"type": "boolean"},
                                "at": {"type": "string", "format": "date-time"},
                                "services": {
                                    "type": "object",
                                    "additionalProperties": {"type": "object"},
                                },
                            },
                        }
                    }
                },
            },
            "default": {
                "description": "A refusal, as a problem document (RFC 9457).",
                "content": {"application/problem+json": {"schema": {"type": "object"}}},
            },
        },
    }
}

_STREAM: Json = {
    "get": {
        "operationId": "gateway_stream",
        "tags": ["system"],
        "summary": "What happens, as it happens: server-sent events of the documents one may see",
        "description": (
            "Each event names its type, document, version and company; the document itself is asked for where it is kept. "
            "Resume with the header Last-Event-ID; an event may then come twice. "
            "The event `reset` says that too much was missed to be sent again. The stream ends with the access token."
        ),
        "security": [{"accessToken": []}],
        "parameters": [
            {
                "name": "types",
                "in": "query",
                "description": "Event types, separated by commas: sales.*,finance.VoucherPosted. All where it is missing.",
                "schema": {"type": "string", "minLength": 1},
            },
            {
                "name": "company",
                "in": "query",
                "description": "Companies, separated by commas. All of one's own where it is missing.",
                "schema": {"type": "string", "minLength": 1},
            },
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the event seen last.",
                "schema": {"type": "string"},
            },
        ],
        "responses": {
            "200": {
                "description": "The stream.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            "default": {
                "description": "A refusal, as a problem document (RFC 9457).",
                "content": {"application/problem+json": {"schema": {"type": "object"}}},
            },
        },
    }
}
