"""Where a connection may go: public unicast addresses, and the places let through on purpose."""

import ipaddress
from collections.abc import Sequence

from tracker.fetching.addresses import PORTS, Target, host_and_port, is_ip, target_of
from tracker.fetching.reasons import FetchError

# IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast and former class E, and the
# address at which a large cloud serves its virtual machines' metadata.
_IPV4_REFUSED = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24"),
            *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",
        ),
    )
)
_IPV6_GLOBAL = ipaddress.IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)


def is_allowed_address(ip: str) -> bool:
    """Tell whether `ip` is a public unicast address that anyone may be asked to connect to."""
    if not is_ip(ip) or "%" in ip:  # a scope id names one of this machine's own links
        return False
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            return address in _IPV6_GLOBAL and not any(address in net for net in _IPV6_REFUSED)
        address = mapped
    return not any(address in net for net in _IPV4_REFUSED)


def is_listed(url: str, allow: Sequence[str]) -> bool:
    """Tell whether `allow` names the place of `url` itself, as `host:port`."""
    try:
        return AllowList(allow).lists_place(target_of(url))
    except FetchError:
        return False


def judge(url: str, allow: Sequence[str]) -> None:
    """Raise FetchError for an address that will be refused wherever its name may lead.

    No name is resolved: that is for the moment of sending, when it may lead elsewhere.
    """
    target, listed = target_of(url), AllowList(allow)
    if is_ip(target.host):
        listed.judge(target, [target.host])
    else:
        listed.judge_port(target)


def _place(entry: str) -> str:
    try:
        host, port = host_and_port(entry, "http")
    except FetchError as error:
        raise ValueError(f"{entry!r} is neither host:port nor a network") from error
    return f"{host} {port}"


class AllowList:
    """The places let through on purpose: `host:port` entries and networks."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._places: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in entries:
            try:
                self._networks.append(ipaddress.ip_network(entry))
            except ValueError:
                self._places.add(_place(entry))

    def lists_place(self, target: Target) -> bool:
        """Tell whether the target itself is let through, wherever it leads."""
        return f"{target.host} {target.port}" in self._places

    def lists_address(self, ip: str) -> bool:
        """Tell whether `ip` is inside one of the networks, on any port."""
        if not is_ip(ip) or "%" in ip:
            return False
        address = ipaddress.ip_address(ip)
        return any(address in net for net in self._networks if net.version == address.version)

    def judge_port(self, target: Target) -> None:
        """Raise FetchError for a port on which no name may be connected to."""
        usual = target.port in PORTS.values()
        # A name may lead into one of the networks, where every port is let through.
        if not (usual or self._networks or self.lists_place(target)):
            raise FetchError("port", port=target.port)

    def judge(self, target: Target, addresses: Sequence[str]) -> None:
        """Raise FetchError unless every address may be connected to on the target's port."""
        if self.lists_place(target):
            return
        strangers = [ip for ip in addresses if not self.lists_address(ip)]
        if strangers and target.port not in PORTS.values():
            raise FetchError("port", port=target.port)
        if not all(is_allowed_address(ip) for ip in strangers):
            raise FetchError("private_address", host=target.host)
