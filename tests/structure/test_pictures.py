"""The documentation's pictures: each is shown somewhere, is there, and is small enough to live in the repository."""

import re
import struct
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
IMAGES = DOCS / "images"
LARGEST = 300_000


def test_every_picture_is_shown_and_is_there() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    assert set(re.findall(r"images/([\w-]+\.png)", text)) == {file.name for file in IMAGES.glob("*.png")}


def test_pictures_are_of_one_size_and_small() -> None:
    for file in IMAGES.glob("*.png"):
        head = file.read_bytes()[:24]
        assert struct.unpack(">II", head[16:24]) == (1280, 800), file.name
        assert file.stat().st_size < LARGEST, file.name
