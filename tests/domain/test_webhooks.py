"""The rules of webhooks without a network: which events there are, when a try comes again, where nothing is sent."""

import ast
import re
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flint_domain
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.subjects import ORDER
from flint_domain.webhooks.events import EVENTS, chosen, event_named, events_of
from flint_domain.webhooks.model import Attempt, Delivery, Endpoint, Secret
from flint_domain.webhooks.rules import JITTER, LONGEST_HOLD, SCHEDULE, after_attempt, rotated, valid_secrets
from flint_domain.webhooks.targets import objection, parse_target, reach_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FACT_TYPE = re.compile(
    r"(ORDER|PAYMENT|REFUND|COUPON|DISPUTE|TRANSFER|SUBSCRIPTION|INVOICE|CHECKOUT|FULFILLMENT|STOCK|TAX)(_[A-Z]+)+"
)


def delivery(**fields: object) -> Delivery:
    given: dict[str, object] = {
        "delivery_id": "whd_1",
        "merchant_id": "mer_1",
        "endpoint_id": "wh_1",
        "subject_kind": ORDER,
        "subject_id": "ord_1",
        "subject_version": 1,
        "order_id": "ord_1",
        "event_id": "upd_1",
        "event_type": "order.updated",
        "state": "sending",
        "due_at": NOW,
        "tries": 1,
        "attempts": 1,
        "created_at": NOW,
    }
    return Delivery(**{**given, **fields})  # type: ignore[arg-type]


def endpoint(**fields: object) -> Endpoint:
    given: dict[str, object] = {
        "endpoint_id": "wh_1",
        "merchant_id": "mer_1",
        "url": "https://shop.example/",
        "events": ("*",),
        "secrets": (Secret(value="whsec_b25l"),),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Endpoint(**{**given, **fields})  # type: ignore[arg-type]


# ── events ──


def fact_types() -> set[str]:
    """Every fact type that stands in the domain's code."""
    found: set[str] = set()
    for path in Path(flint_domain.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and FACT_TYPE.fullmatch(node.value):
                found.add(node.value)
    return found


def test_every_fact_that_a_rule_makes_has_its_event_and_every_event_its_fact() -> None:
    facts = fact_types()
    assert len(facts) >= 20
    assert {fact for fact in facts if event_named(fact) is None} == set()
    assert {event_named(fact) for fact in facts} == set(EVENTS)


def test_a_fact_that_no_event_is_named_after_still_updates_the_order() -> None:
    told = events_of(ORDER, [("evt_A", "SOMETHING_NEW"), ("evt_B", "ORDER_UPDATED")], "evt_C")
    assert [(event.event_id, event.type) for event in told] == [("upd_C", "order.updated")]


def test_a_filter_is_kept_in_one_spelling_and_the_star_stands_alone() -> None:
    assert chosen(("refund.failed", "order.updated", "refund.failed")) == ("order.updated", "refund.failed")
    assert chosen(("order.updated", "*")) == ("*",)


# ── the schedule ──


@given(tries=st.integers(1, 9), chance=st.floats(0, 1), status=st.sampled_from([None, 301, 400, 404, 500, 503]))
def test_a_pause_is_the_schedules_and_at_most_a_fifth_longer(tries: int, chance: float, status: int | None) -> None:
    attempt = Attempt(at=NOW, http_status=status)
    after, _ = after_attempt(delivery(tries=tries), endpoint(), attempt, chance)
    pause = after.due_at - NOW
    assert after.state == "pending"
    assert SCHEDULE[tries] <= pause <= SCHEDULE[tries] * (1 + JITTER)


@given(retry_after=st.integers(-5, 10**9), status=st.sampled_from([429, 503]))
def test_a_receivers_wish_lengthens_a_pause_and_never_shortens_it(retry_after: int, status: int) -> None:
    attempt = Attempt(at=NOW, http_status=status, retry_after=retry_after)
    after, held = after_attempt(delivery(), endpoint(), attempt, 0.0)
    assert SCHEDULE[1] <= after.due_at - NOW <= LONGEST_HOLD
    assert held.held_until is None or held.held_until <= after.due_at


def test_the_last_try_fails_for_good() -> None:
    after, _ = after_attempt(delivery(tries=10), endpoint(), Attempt(at=NOW, http_status=500), 0.5)
    assert (after.state, after.reason) == ("failed", "all 10 tries failed")


def test_only_429_and_503_may_ask_for_a_pause() -> None:
    _, after = after_attempt(delivery(), endpoint(), Attempt(at=NOW, http_status=500, retry_after=60), 0.0)
    assert after.held_until is None


# ── secrets ──


def test_expired_secrets_sign_no_more_and_are_forgotten_by_the_next_rotation() -> None:
    first = endpoint()
    second = rotated(first, "whsec_dHdv", NOW)
    later = NOW + timedelta(hours=24)
    assert valid_secrets(second, NOW) == ("whsec_dHdv", "whsec_b25l")
    assert valid_secrets(second, later) == ("whsec_dHdv",)
    third = rotated(second, "whsec_dGhyZWU=", later)
    assert [secret.value for secret in third.secrets] == ["whsec_dGhyZWU=", "whsec_dHdv"]
    assert "dHdv" not in repr(third)


# ── targets ──

NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "168.63.129.16",  # Azure's wire server
    "169.254.1.1",
    "169.254.169.254",  # the metadata of most clouds
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's metadata
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a00:1",  # 10.0.0.1 behind NAT64
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:a00:1::",  # 6to4 of 10.0.0.1
    "fc00::1",
    "fd00:ec2::254",  # Amazon's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
LOOPBACK = ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
PUBLIC = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert reach_of(address) == "private"
    assert objection(parse_target("https://shop.example/"), [address], private_allowed=False) is not None


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_loopback_however_it_is_spelled(address: str) -> None:
    assert reach_of(address) == "loopback"
    assert objection(parse_target("https://shop.example/"), [address], private_allowed=False) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_reached(address: str) -> None:
    assert reach_of(address) == "public"
    assert objection(parse_target("https://shop.example/"), [address], private_allowed=False) is None


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_is_public_that_python_knows_to_be_private(address: IPv4Address | IPv6Address) -> None:
    bare = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    if reach_of(str(address)) == "public" and not str(address).startswith("64:ff9b::"):
        assert bare.is_global
        assert not bare.is_multicast


def test_one_address_that_is_refused_refuses_the_name() -> None:
    target = parse_target("https://shop.example/")
    assert objection(target, ["1.1.1.1", "10.0.0.1"], private_allowed=False) == (
        "the host has an address that is not public"
    )


def test_plain_http_is_for_this_machine_when_the_operator_allows_it() -> None:
    target = parse_target("http://shop.example/")
    assert objection(target, ["1.1.1.1"], private_allowed=False) == "deliveries need https"
    assert objection(target, ["1.1.1.1"], private_allowed=True) == "deliveries need https"
    assert objection(target, ["10.0.0.1"], private_allowed=True) == "deliveries need https"
    assert objection(target, ["127.0.0.1"], private_allowed=True) is None
    assert objection(target, ["127.0.0.1"], private_allowed=False) is not None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://2130706433/", "127.0.0.1"),
        ("https://0x7f.1/", "127.0.0.1"),
        ("https://017700000001/", "127.0.0.1"),
        ("https://127.1/", "127.0.0.1"),
        ("https://[::ffff:127.0.0.1]/", "::ffff:7f00:1"),
        ("https://\uff53hop\u3002example/", "shop.example"),
        ("https://SHOP.example:443/a b", "shop.example"),
        ("https://evil.example\\@shop.example/", "evil.example"),
    ],
)
def test_a_url_is_read_as_it_will_be_asked_for(url: str, host: str) -> None:
    target = parse_target(url)
    assert target.host == host
    assert parse_target(target.url) == target
    try:
        assert ip_address(host)
    except ValueError:
        assert host.endswith(".example")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "//shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "https://",
        "https://user@shop.example/",
        "https://user:word@shop.example/",
        "https://shop.example/#top",
        "https://shop.example:22/",
        "https://shop.example:0/",
        "https://shop.example:70000/",
        "https://exa mple/",
        f"https://shop.example/{'a' * 2000}",
    ],
)
def test_what_is_no_usable_url_is_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_target(url)
    assert caught.value.code == "invalid_argument"
    assert caught.value.param == "url"
