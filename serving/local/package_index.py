"""Files of a release on a Python package index: the user's own, reached the way pip reaches it.

Reads pip's configuration files and both tools' environment variables, and speaks the simple
repository API in JSON (PEP 691) and HTML (PEP 503). Installs and imports nothing.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from optwright.errors import EndpointError

if TYPE_CHECKING:
    import httpx

PYPI = "https://pypi.org/simple"
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.2"
_OK = 200


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Indexes in the order they are asked, and a file of certificates to trust beyond the usual."""

    urls: tuple[str, ...]
    certificates: str | None


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file an index lists; `sha256` is None where the index does not say it."""

    url: str
    sha256: str | None


def index_settings(environ: Mapping[str, str] = os.environ) -> IndexSettings:
    """Read which indexes the user's pip, or else uv, would ask; PyPI where neither says."""
    pip = _pip_options(environ)
    if _is_on(pip.get("no-index", "")):
        return IndexSettings((), None)
    main = (
        pip.get("index-url")
        or environ.get("UV_DEFAULT_INDEX")
        or environ.get("UV_INDEX_URL")
        or PYPI
    )
    extra = " ".join(
        (
            pip.get("extra-index-url", ""),
            environ.get("UV_INDEX", ""),
            environ.get("UV_EXTRA_INDEX_URL", ""),
        )
    ).split()
    # uv writes name=https://...; folders (file://) are pip's to read, and listed beside PyPI.
    urls = (re.sub(r"^[\w-]+=(?=https?:)", "", url) for url in (main, *extra))
    return IndexSettings(
        tuple(dict.fromkeys(url.rstrip("/") for url in urls if url.startswith("http"))),
        pip.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or None,
    )


def release_file(
    http: httpx.Client, indexes: tuple[str, ...], project: str, filename: str
) -> ReleaseFile:
    """Find a project's file on the first index that lists it; an `EndpointError` if none does."""
    import httpx

    reasons = []
    for index in indexes:
        page = f"{index}/{project}/"
        try:
            answer = http.get(page, headers={"Accept": _ACCEPT})
        except httpx.TransportError as error:
            reasons.append(f"{httpx.URL(page).host}: {str(error) or type(error).__name__}")
            continue
        if answer.status_code != _OK:
            reasons.append(f"{answer.url.host} answers {answer.status_code} for {project}")
            continue
        listed = dict(_listed(answer))
        if filename in listed:
            return listed[filename]
        reasons.append(f"{answer.url.host} lists no {filename}")
    raise EndpointError("; ".join(reasons) or "pip is configured to use no index")


def _listed(answer: httpx.Response) -> Iterator[tuple[str, ReleaseFile]]:
    base = str(answer.url)
    if "json" not in answer.headers.get("Content-Type", ""):
        yield from _listed_html(base, answer.text)
        return
    try:
        for file in answer.json()["files"]:
            hashes = file.get("hashes") or {}
            yield file["filename"], ReleaseFile(urljoin(base, file["url"]), hashes.get("sha256"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EndpointError(f"{answer.url.host} answers {answer.text[:200]!r}") from error


def _listed_html(base: str, text: str) -> Iterator[tuple[str, ReleaseFile]]:
    for link in _Links.of(text):
        url, fragment = urldefrag(urljoin(base, link))
        sha256 = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
        yield url.rpartition("/")[2], ReleaseFile(url, sha256[1] if sha256 else None)


class _Links(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self._links: list[str] = []

    @classmethod
    def of(cls, text: str) -> list[str]:
        parser = cls()
        parser.feed(text)
        return parser._links

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links += [value for name, value in attrs if name == "href" and value]


def _pip_options(environ: Mapping[str, str]) -> dict[str, str]:
    """pip's options for downloads: files from general to particular, then the environment."""
    options: dict[str, str] = {}
    for file in _pip_files(environ):
        config = configparser.RawConfigParser()
        try:
            config.read(file, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue  # pip will complain about it; we only look for an index
        for section in ("global", "download", "install"):
            if config.has_section(section):
                options |= {k.replace("_", "-"): v for k, v in config.items(section)}
    for name in ("index-url", "extra-index-url", "cert", "no-index"):
        said = environ.get(f"PIP_{name.upper().replace('-', '_')}")
        if said:
            options[name] = said
    return options


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    home = Path(environ.get("HOME") or "~").expanduser()
    yield home / ".pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
    yield Path(sys.prefix, "pip.conf")
    if named:
        yield Path(named)


def _is_on(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on")
