"""Where a request comes from, as far as it can be told: this machine, another one, another site."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

FORWARDING = frozenset(
    {
        *("FORWARDED", "VIA", "X_REAL_IP", "X_CLIENT_IP", "X_CLUSTER_CLIENT_IP"),
        *("TRUE_CLIENT_IP", "CF_CONNECTING_IP", "X_ORIGINAL_HOST", "X_ORIGINAL_URL"),
    }
)
"""Headers that say a request is somebody else's, besides all that begin with `X-Forwarded`."""

_HOST = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)


def is_local(environ: Mapping[str, Any], host: str) -> bool:
    """Whether a request to a server that listens on `host` comes from this machine, and from a
    browser that knows it does.

    All of it must be of this machine: what the server listens on; the address of the client; and
    the name in the browser's address, since a name of somebody else's may lead here (DNS
    rebinding). A request that a proxy forwards is not, however near the proxy is. One that does
    not say so is told by HTTP 1.0, which no browser speaks and nginx did until 1.29.7.
    """
    return (
        listens_here_alone(host)
        and _is_loopback(str(environ.get("REMOTE_ADDR", "")))
        and _names_loopback(str(environ.get("HTTP_HOST", "")))
        and environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        and not any(_is_forwarding(name) for name in environ)
    )


def listens_here_alone(host: str) -> bool:
    """Whether a server that listens on `host` cannot be reached from other machines."""
    return _names_loopback(f"[{host}]" if ":" in host else host)


def is_from_our_page(headers: Headers, host: str) -> bool:
    """Whether a browser says that a page of `host` sent this; what is no browser says nothing."""
    if site := headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    if (origin := headers.get("Origin")) is not None:
        try:
            return urlsplit(origin).netloc.lower() == host.lower() != ""
        except ValueError:
            return False
    return True


def household(address: str) -> str:
    """Whom an address belongs to, for counting: an IPv6 network of 64 bits is one subscriber's, who
    has all its addresses to choose from."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
    return address


@lru_cache(maxsize=256)
def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


@lru_cache(maxsize=256)
def _names_loopback(host: str) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    return match[1].lower() == "localhost" or _is_loopback(match[1].strip("[]"))


def _is_forwarding(name: str) -> bool:
    header = name.removeprefix("HTTP_")
    return header != name and (header.startswith("X_FORWARDED") or header in FORWARDING)
