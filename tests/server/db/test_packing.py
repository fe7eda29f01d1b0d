"""What idempotency records keep is packed, and is the same text again."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_server.db import packing
from flint_server.db.packing import packed, unpacked

ANSWER = (
    '{"shape":2,"answer":{"summary":"OPEN order: 2 items, total 138.24 USD, nothing paid, 138.24 USD outstanding.",'
    '"orderId":"ord_01M3VBAK800ZA52GRHJFKC7WSS","version":1,"status":"OPEN","paymentStatus":"UNPAID","refundStatus":'
    '"NONE","fulfillmentStatus":"UNFULFILLED","currency":"USD","lineItems":[],"note":"Größe 42 → 43"}}'
)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert unpacked(packed(text)) == text


def test_an_answer_becomes_small() -> None:
    assert len(ANSWER.encode()) == 322
    assert len(packed(ANSWER)) < 120
    assert unpacked(packed(ANSWER)) == ANSWER


def test_a_dictionary_that_was_released_is_never_changed() -> None:
    """What was packed with it could not be read again."""
    folder = Path(packing.__file__).parent
    digests = {
        path.name: sha256(path.read_bytes().rstrip()).hexdigest()[:16] for path in sorted(folder.glob("packing_*.txt"))
    }
    assert digests == {"packing_1.txt": "cdf0afd86e05739a"}
    assert packed(ANSWER)[0] == packing.NEWEST == 1
    old = bytes.fromhex("0143772a500c00")
    assert unpacked(old) == '{"orderId":"ord_1"}'


@pytest.mark.parametrize("blob", [b"", b"\x02abc", b"{}", b"\x01\xff\xff", packed(ANSWER)[:-9]])
def test_what_was_not_packed_so_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match=r"packed by this Flint|too early"):
        unpacked(blob)
