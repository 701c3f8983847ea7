"""Connections: only to addresses on the public internet, checked when the connection is made.

A name may answer with another address at each question (DNS rebinding), so the check is on the address that is
used, on every hop. Hosts that the settings list are let through: `private_hosts` by name, `resolve` to a fixed place.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore2

from monitor.errors import RefusedAddressError

#: NAT64 (RFC 6052): IPv4 in IPv6 clothes that `ipaddress` does not undress by itself.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet; IPv4 in IPv6 clothes is judged as IPv4."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects only where it may."""

    def __init__(self, private_hosts: Iterable[str], resolve: dict[str, tuple[str, int]]) -> None:
        self._inner = httpcore2.AnyIOBackend()
        self._private = frozenset(private_hosts)
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve once, check every address, connect to the first that answers."""
        options: dict[str, Any] = {
            "timeout": timeout,
            "local_address": local_address,
            "socket_options": socket_options,
        }
        if host in self._resolve:
            return await self._inner.connect_tcp(*self._resolve[host], **options)
        if host in self._private or f"{host}:{port}" in self._private:
            return await self._inner.connect_tcp(host, port, **options)
        found = await self._addresses(host, port)
        for address in found:
            if not is_public(address):
                raise RefusedAddressError(host, f"resolves to {address}, which is not public")
        last: Exception | None = None
        for address in found:
            try:
                return await self._inner.connect_tcp(address, port, **options)
            except httpcore2.ConnectError as error:
                last = error
        raise last or httpcore2.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} is not known ({error})") from error
        return list(dict.fromkeys(str(row[4][0]) for row in found))

    async def connect_unix_socket(  # the signature is the base class's
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise RefusedAddressError(path, "is a local socket")

    async def sleep(self, seconds: float) -> None:
        """As the inner backend does."""
        await self._inner.sleep(seconds)
