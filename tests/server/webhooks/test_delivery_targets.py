"""Where nothing is sent: names are looked up at every try, and the connection goes to what was judged."""

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_server.webhooks.sending import Sender
from flint_server.webhooks.targets import Targets
from tests.server.webhooks.post_office import PostOffice, post_office
from tests.server.webhooks.receiver import receiving


def answers(*lookups: list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """A name server that gives these addresses in turn, the last for good."""
    left = list(lookups)

    async def resolve(_host: str, _port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_a_private_target_is_refused_when_it_is_created_and_leave_is_the_operators(office: PostOffice) -> None:
    house = office.house
    house.flint.vet = Targets(resolve=answers(["10.0.0.7"])).vet
    url = "https://inside.example/"
    refused = await house.refused(SaveWebhookEndpoint(url=url), "webhook_target_refused")
    assert "10.0.0.7" not in refused.message, "it would map the network for whoever may call"
    house.flint.vet = Targets(resolve=answers(["10.0.0.7"]), private_allowed=True).vet
    await house.do(SaveWebhookEndpoint(url=url))


async def test_changing_the_url_is_judged_like_creating_it(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    office.house.flint.vet = Targets(resolve=answers(["169.254.169.254"])).vet
    change = SaveWebhookEndpoint(endpoint_id=endpoint_id, url="https://metadata.example/")
    await office.house.refused(change, "webhook_target_refused")


async def test_the_operators_leave_ends_when_a_call_points_the_endpoint_elsewhere(office: PostOffice) -> None:
    """Else an agent could take the address over that `flint webhooks listen` was allowed, and rebind its name."""
    endpoint_id = await office.endpoint(private_allowed=True)
    strict = office.another_courier(Sender(Targets(), office.house.clock).send)
    await office.house.order_of()
    await strict.drain()
    assert await office.statuses() == ["delivered"]
    moved = office.receiver.url("/moved")
    await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, url=moved))
    await office.house.order_of()
    await strict.drain()
    assert len(office.receiver.requests) == 1
    assert (await office.log())[1]["log"][0]["error"] == "the host has an address that is not public"


async def test_a_replay_is_answered_though_the_name_has_moved_meanwhile(office: PostOffice) -> None:
    house = office.house
    house.flint.vet = Targets(resolve=answers(["1.1.1.1"], ["10.0.0.1"])).vet
    command = SaveWebhookEndpoint(url="https://shop.example/")
    first = await house.do(command, "once")
    again = await house.do(command, "once")
    assert again["endpoint"] == first["endpoint"]
    await house.refused(command, "webhook_target_refused", "another key")


async def test_a_name_that_cannot_be_looked_up_yet_may_be_created_and_fails_when_it_is_tried(tmp_path: Path) -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        raise OSError

    targets = Targets(resolve=unknown)
    async with post_office(tmp_path, targets) as office:
        office.house.flint.vet = targets.vet
        await office.endpoint(url="https://soon.example/")
        await office.house.order_of()
        await office.courier.drain()
        assert (await office.only())["log"][0]["error"] == "the host's name could not be resolved"


async def test_a_name_server_that_hangs_is_given_up(
    office: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flint_server.webhooks import targets as module

    async def hangs(_host: str, _port: int) -> list[str]:
        await anyio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr(module, "LOOKUP_DEADLINE", 0.01)
    await office.endpoint(url="https://slow.example/")
    await office.house.order_of()
    await office.another_courier(Sender(Targets(resolve=hangs), office.house.clock).send).drain()
    assert (await office.only())["log"][0]["error"] == "the host's name could not be resolved"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "fd00:ec2::254", "fe80::1"],
)
async def test_a_name_that_points_inside_at_the_time_of_a_try_is_never_connected_to(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name was public when the endpoint was made."""
    connected: list[str] = []

    async def connect(host: str, *_args: object, **_options: object) -> object:
        connected.append(host)
        raise OSError

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    targets = Targets(resolve=answers(["1.1.1.1"], [address]))
    async with post_office(tmp_path, targets) as office:
        office.house.flint.vet = targets.vet
        await office.endpoint(url="https://rebound.example/")
        await office.house.order_of()
        await office.courier.drain()
        delivery = await office.only()
    assert delivery["log"][0]["error"] == "the host has an address that is not public"
    assert connected == []


async def test_the_name_is_looked_up_once_for_each_try_and_the_connection_goes_to_that_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[tuple[str, int]] = []
    lookups: list[str] = []

    async def connect(remote_host: str, remote_port: int, **_options: object) -> object:
        connected.append((remote_host, remote_port))
        raise OSError

    async def resolve(host: str, _port: int) -> list[str]:
        lookups.append(host)
        return ["93.184.215.14", "2606:4700:4700::1111"]

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    async with post_office(tmp_path, Targets(resolve=resolve)) as office:
        await office.endpoint(url="https://shop.example:8443/hook")
        await office.house.order_of()
        await office.courier.drain()
        await office.passes(seconds=5)
    assert lookups == ["shop.example"] * 2
    assert connected == [("93.184.215.14", 8443), ("2606:4700:4700::1111", 8443)] * 2


async def test_the_next_address_is_tried_when_one_takes_no_connection(tmp_path: Path) -> None:
    async with post_office(tmp_path) as office:
        targets = Targets(resolve=answers(["127.0.0.9", "127.0.0.1"]), private_allowed=True)
        await office.endpoint(url=office.receiver.url(host="shop.example"))
        await office.house.order_of()
        await office.another_courier(Sender(targets, office.house.clock).send).drain()
        [request] = office.receiver.requests
    assert request.headers["host"] == f"shop.example:{office.receiver.port}"


async def test_a_proxy_of_the_environment_is_not_asked(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up again, and connect from elsewhere."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    await office.endpoint()
    await office.house.order_of()
    await office.courier.drain()
    assert await office.statuses() == ["delivered"]


# ── TLS ──


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for the host, and a client's that trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "chain.pem"
    chain.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cafile=str(chain))


async def test_over_a_pinned_address_the_certificate_is_still_the_hosts(office: PostOffice, tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "shop.example")
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    targets = Targets(resolve=answers(["127.0.0.1"]), private_allowed=True)
    async with receiving(server) as receiver:
        await office.endpoint(url=receiver.url(host="shop.example"))
        await office.house.order_of()
        await office.another_courier(Sender(targets, office.house.clock, tls=client).send).drain()
        [request] = receiver.requests
    assert names == ["shop.example"]
    assert request.headers["host"] == f"shop.example:{receiver.port}"
    assert await office.statuses() == ["delivered"]


async def test_a_certificate_of_another_host_or_of_nobody_is_refused(office: PostOffice, tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "other.example")
    targets = Targets(resolve=answers(["127.0.0.1"]), private_allowed=True)
    async with receiving(server) as receiver:
        await office.endpoint(url=receiver.url(host="shop.example"))
        await office.house.order_of()
        for trusting in (client, None):
            await office.another_courier(Sender(targets, office.house.clock, tls=trusting).send).drain()
            office.house.clock.passes(timedelta(minutes=5))
        assert receiver.requests == []
    assert {attempt["error"] for attempt in (await office.only())["log"]} == {
        "TLS failed: the certificate is not valid for this host, or expired"
    }
