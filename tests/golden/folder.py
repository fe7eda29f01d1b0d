"""The golden data folder: made once by the code of then, kept with what that code answered, opened by all later code.

What is compressed lies in `data/`: the data file and the simulated processor's as a killed server leaves them, and the
answers. A file as old as that holds things that no call makes any more; write() puts them there by hand.
"""

import json
import lzma
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from flint_server.db import DEFAULT_MERCHANT_ID
from tests.golden.answers import Asked, asked_of, everything
from tests.golden.house import opened
from tests.golden.story import Story, begin_to_tell, begin_what_never_ends, tell

DATA = Path(__file__).parent / "data"
FILES = ("flint.db", "processor.db")
ANSWERS = "answers.json"

OF_OCTOBER: dict[str, Any] = {
    "summary": "OPEN order: 1 item, total 31.32 USD, nothing paid, 31.32 USD outstanding.",
    "version": 1,
    "status": "OPEN",
    "lineItems": [{"name": "the old shape"}],
    "availableActions": [],
}
"""An answer from before answers had a number of their shape."""


def unpack(folder: Path, source: Path = DATA) -> None:
    """The data folder as its server left it."""
    for name in FILES:
        (folder / name).write_bytes(lzma.decompress((source / f"{name}.xz").read_bytes()))


def kept_answers(source: Path = DATA) -> dict[str, Any]:
    """What the code of then asked and was answered."""
    return json.loads(lzma.decompress((source / f"{ANSWERS}.xz").read_bytes()))


async def write(target: Path) -> None:
    """Tell the story, and keep the folder and the answers."""
    with TemporaryDirectory() as place:
        asked = await _tell(Path(place), target)
    with TemporaryDirectory() as place:
        unpack(Path(place), target)
        answers = await everything(Path(place), asked)
    _keep(target / f"{ANSWERS}.xz", json.dumps(answers, ensure_ascii=False, indent=1, sort_keys=True).encode())


def _keep(path: Path, content: bytes) -> None:
    path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


async def _tell(folder: Path, target: Path) -> Asked:
    async with opened(folder) as house:
        story = Story(house)
        await tell(story)
        async with anyio.create_task_group() as group:
            await begin_what_never_ends(story, group)
            await begin_to_tell(story, group)
            for name in FILES:
                await anyio.to_thread.run_sync(_copy, folder / name, folder / f"copy-{name}")
            house.gate.open()
        ended = house.clock.now()
    _make_old(folder / "copy-flint.db")
    for name in FILES:
        _keep(target / f"{name}.xz", (folder / f"copy-{name}").read_bytes())
    return asked_of(folder / "copy-flint.db", story.calls, ended)


def _copy(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def _make_old(path: Path) -> None:
    """Answers of older shapes, and names that differ in case only, from before they were compared without it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for key, shape in (("create_order-1", None), ("pay_order-1", 1), ("create_coupon-1", 1)):
            named = (key, DEFAULT_MERCHANT_ID)
            where = "WHERE key = ? AND merchant_id = ?"
            (answer,) = connection.execute(f"SELECT answer FROM receipts {where}", named).fetchone()
            assert answer is not None, key
            old = OF_OCTOBER if shape is None else {"shape": shape, "answer": json.loads(answer)["answer"]}
            connection.execute(f"UPDATE receipts SET answer = ? {where}", (json.dumps(old), *named))
        for statement in TWINS:
            assert connection.execute(statement).rowcount == 1, statement
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()


TWINS = (
    "UPDATE orders SET reference_key = 'a-1000', reference_twin = 'a-1000', "
    "body = json_set(body, '$.reference', 'a-1000') WHERE reference_key = 'a-1001'",
    "UPDATE items SET reference_key = 'mug', reference_twin = 'MUG', "
    "body = json_set(body, '$.reference', 'MUG') WHERE reference_key = 'poster'",
    "UPDATE variants SET sku_key = 'mug-1', sku_twin = 'mug-1' WHERE sku_key = 'poster-1'",
    "UPDATE items SET body = json_set(body, '$.variants[0].sku', 'mug-1') WHERE reference_twin = 'MUG'",
    "UPDATE customer_keys SET kind = 'twin', value = 'crm-7' WHERE kind = 'reference' AND value = 'crm-70'",
    "UPDATE customers SET body = json_set(body, '$.reference', 'CRM-7') "
    "WHERE json_extract(body, '$.reference') = 'crm-70'",
    "UPDATE orders SET customer_id = 'crm-7', body = json_set(body, '$.customer_id', 'CRM-7') "
    "WHERE customer_id = 'crm-70'",
)
"""What was called otherwise by the story becomes the twin of what was there before."""
