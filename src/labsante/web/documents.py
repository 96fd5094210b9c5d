"""An answer ready to send: its bytes, kept compressed within a bound, with an entity tag."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

HTML = "text/html; charset=utf-8"
CSV = "text/csv; charset=utf-8"
JSON = "application/json; charset=utf-8"
SVG = "image/svg+xml; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"
CACHE_BYTES = 60_000_000
SHORT = "public, max-age=60, stale-while-revalidate=600"
LONG = "public, max-age=31536000, immutable"
NEVER = "no-store"


@dataclass(frozen=True)
class Document:
    """What a page function returns: text or bytes, and how it is sent."""

    body: str | bytes
    media_type: str = HTML
    status: int = 200
    cache: str = SHORT
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Packed:
    """A document as it is kept: compressed, named by the hash of its bytes."""

    compressed: bytes
    etag: str
    media_type: str
    status: int
    cache: str
    headers: dict[str, str]

    @classmethod
    def of(cls, document: Document) -> Packed:
        """Compress once; the same bytes always give the same tag."""
        body = document.body.encode() if isinstance(document.body, str) else document.body
        tag = hashlib.sha256(body).hexdigest()[:20]
        return cls(
            gzip.compress(body, 6, mtime=0),
            f'W/"{tag}"',
            document.media_type,
            document.status,
            document.cache,
            document.headers,
        )

    def respond(self, request: Request) -> Response:
        """The answer to a request: 304 where the reader has it, compressed where it can read."""
        headers = {
            "Cache-Control": self.cache,
            "ETag": self.etag,
            "Vary": "Accept-Encoding",
            "Content-Type": self.media_type,
            **self.headers,
        }
        known = request.headers.get("if-none-match", "")
        if self.status == 200 and self.etag in [tag.strip() for tag in known.split(",")]:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(self.compressed, self.status, headers)
        return Response(gzip.decompress(self.compressed), self.status, headers)


class PackedCache:
    """The most recently used answers, bounded by bytes rather than by number."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._kept: OrderedDict[tuple[str, ...], Packed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...]) -> Packed | None:
        """The answer kept under a key."""
        with self._lock:
            packed = self._kept.get(key)
            if packed is not None:
                self._kept.move_to_end(key)
            return packed

    def put(self, key: tuple[str, ...], packed: Packed) -> None:
        """Keep an answer, and let the oldest go."""
        with self._lock:
            before = self._kept.pop(key, None)
            self._held -= _size(before) if before else 0
            self._kept[key] = packed
            self._held += _size(packed)
            while self._held > self._limit and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._held -= _size(oldest)


def _size(packed: Packed) -> int:
    return len(packed.compressed) + 600
