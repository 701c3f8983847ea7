"""Addresses: the canonical form by which we tell that two are one page.

Trackers go, everything that may choose the page stays. No rule guesses: a parameter is dropped by its name only.
"""

from __future__ import annotations

from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

#: Parameters that only say where a click came from (ClearURLs and Miniflux drop the same).
_TRACKERS = frozenset(
    (
        "fbclid gclid gclsrc dclid yclid ysclid msclkid twclid igshid mc_cid mc_eid _ga _gl ncid "
        "cmpid ocid mkt_tok xtor at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4 "
        "spm wt_mc ns_mchannel ns_source ns_campaign ns_linkname ns_fee guccounter guce_referrer "
        "guce_referrer_sig __twitter_impression"
    ).split()
)
_TRACKER_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "oly_", "vero_")
_PORTS = {"http": 80, "https": 443}
_KEEP = "/:@!$&'()*+,;=~-._%"


def canonical_url(url: str, base: str | None = None) -> str:
    """The address by which a page is known; relative ones are resolved against `base`.

    Scheme and host in small letters (IDNA), default port, fragment and trackers gone, parameters in order.
    What stays of the query stays byte for byte: it may be in any encoding. ValueError where it cannot be read.
    """
    url = url.strip()
    parts = urlsplit(urljoin(base, url) if base else url)
    scheme = parts.scheme.lower()
    host = _host(parts.hostname or "")
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(scheme) else ""
    path = quote(parts.path, safe=_KEEP) or "/"
    kept = sorted(
        piece for piece in parts.query.split("&") if piece and not _is_tracker(piece.partition("=")[0])
    )
    return urlunsplit((scheme, f"{host}{port}", path, quote("&".join(kept), safe=_KEEP + "?"), ""))


def is_web_address(url: str) -> bool:
    """Whether it is an http(s) address with a host: nothing else is ever fetched."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Host and port, as limits and settings name them."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""


def _host(host: str) -> str:
    if ":" in host:
        return f"[{host.lower()}]"
    try:
        return host.lower().encode("idna").decode()
    except UnicodeError:
        return host.lower()


def _is_tracker(key: str) -> bool:
    low = unquote(key).lower()
    return low in _TRACKERS or low.startswith(_TRACKER_PREFIXES)
