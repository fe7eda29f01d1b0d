"""Where a delivery may go: addresses of the public internet, over TLS, and nothing beside.

A webhook's URL is chosen by whoever may call a tool, and the server fetches it: without these rules it could be pointed
at the server's own network (OWASP, Server Side Request Forgery). Names are judged by the addresses they resolve to, at
every try, and the connection is made to the address that was judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

from pydantic_core import Url, ValidationError

from flint_domain.kernel.errors import Refused

MAX_URL = 2_000  # characters
HTTP_PORTS = (80, 443)
FIRST_FREE_PORT = 1024  # below it only HTTP's own: the others are mail, name, file and login servers
LAST_PORT = 65_535

Reach = Literal["public", "loopback", "private"]

# IANA's registry of special-purpose IPv4 addresses, and multicast. Python's ipaddress.is_global differs by its version
# and takes multicast for global.
_NOT_PUBLIC_4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata is in it
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server: a public address that answers only inside
        "169.254.0.0/16",  # link-local; most clouds' metadata is in it
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata is in it
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_6 = ip_network("2000::/3")  # all that is assigned for global unicast
_NOT_PUBLIC_6 = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",  # documentation
    )
)
_NAT64 = ip_network("64:ff9b::/96")  # an IPv4 address behind a translator, as IPv6-only networks see it


@dataclass(frozen=True, slots=True)
class Target:
    """A URL as it will be asked for: normalized, so that nobody reads another host in it than was judged.

    host is as the URL has it, an IPv6 address without its brackets.
    """

    url: str
    scheme: str
    host: str
    port: int


def parse_target(url: str) -> Target:
    """The URL of an endpoint, read as a browser reads it (0x7f.1 is 127.0.0.1).

    Raises Refused("invalid_argument") for what is no usable URL.
    """
    if len(url) > MAX_URL:
        raise _unusable(f"The URL has more than {MAX_URL} characters.", "use a shorter path")
    try:
        parsed = Url(url)
    except ValidationError:
        raise _unusable("This is not a URL.", "send an absolute one, such as https://shop.example/webhooks") from None
    if parsed.scheme not in ("https", "http") or not parsed.host or parsed.host.startswith("."):
        raise _unusable("The URL is not one of the web.", "use https://, a host name and a path")
    if parsed.username or parsed.password:
        raise _unusable("The URL carries a user name or password.", "leave them out; deliveries are signed instead")
    if parsed.fragment is not None:
        raise _unusable("The URL ends in a #fragment, which is never sent.", "leave it out")
    port = parsed.port or 0
    if port not in HTTP_PORTS and not FIRST_FREE_PORT <= port <= LAST_PORT:
        raise _unusable(f"Port {port} is not one for webhooks.", "use 443, 80, or one from 1024 on")
    return Target(str(parsed), parsed.scheme, parsed.host.strip("[]"), port)


def _unusable(message: str, hint: str) -> Refused:
    return Refused("invalid_argument", message, hint=hint, param="url")


def reach_of(address: str) -> Reach:
    """Who can be reached at an IP address. IPv4 inside IPv6 is judged as IPv4. ValueError for what is no address."""
    parsed = _bare(ip_address(address.partition("%")[0]))
    if parsed.is_loopback:
        return "loopback"
    if isinstance(parsed, IPv4Address):
        public = not any(parsed in network for network in _NOT_PUBLIC_4)
    else:
        public = parsed in _GLOBAL_6 and not any(parsed in network for network in _NOT_PUBLIC_6)
    return "public" if public else "private"


def _bare(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def objection(target: Target, addresses: Sequence[str], *, private_allowed: bool) -> str | None:
    """Why nothing is sent to this target, whose host has these addresses; None when it may be.

    One address that is refused refuses all: a name that has both is made to get past a check. The answer names no
    address, since it is shown to callers who may not know the network.
    """
    reaches = {reach_of(address) for address in addresses}
    if reaches - {"public"} and not private_allowed:
        return "the host has an address that is not public"
    if target.scheme == "http" and not (private_allowed and reaches == {"loopback"}):
        return "deliveries need https"
    return None
