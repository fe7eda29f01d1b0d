"""`python -m tests.golden FOLDER` tells the story anew, with the code of now, and writes down what it answers."""

import sys
from pathlib import Path

import anyio

from tests.golden.folder import write

if __name__ == "__main__":
    [_, folder] = sys.argv
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    anyio.run(write, target)
    for path in sorted(target.iterdir()):
        print(f"{path.stat().st_size:9,} {path.name}")
