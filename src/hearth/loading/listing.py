"""Why something in the landing folder is only listed, in words for whoever put it there."""

from __future__ import annotations

import os
from pathlib import PurePath

from hearth.contracts import SOURCES
from hearth.contracts.model import Source
from hearth.language import Words
from hearth.loading.catalogue import LISTED
from hearth.loading.discovery import Landed
from hearth.loading.outcome import Message, message
from hearth.reading.filename import recognise

EXAMPLE = "registry/202501/….xlsx"


def why_listed(file: Landed, source: Source | None) -> Message:
    """Why it was not read; `source` is the one in whose folder it lies."""
    if not file.is_utf8:
        return message(LISTED["name_not_utf8"], reading=_as_gb18030(file))
    if file.is_folder_link:
        return message(LISTED["folder_link"])
    if file.is_locked:
        return message(LISTED["locked_folder"])
    if source is None:
        return message(LISTED["no_source"], path=file.relative_path, example=EXAMPLE)
    if file.month is None or len(PurePath(file.relative_path).parts) != 3:
        example = f"{source.name}/{file.month or '202501'}/{file.file_name}"
        return message(LISTED["no_month"], path=file.relative_path, example=example)
    for other in SOURCES:
        if recognise(other, file.file_name):
            return message(LISTED["other_department"], source=other.name, folder=f"{other.name}/{file.month}")
    stems = [stem.text for extract in source.extracts for stem in extract.stems]
    return message(LISTED["unknown_name"], stems=stems)


def _as_gb18030(file: Landed) -> Words:
    """What the name may have been: archives from Chinese Windows keep names so."""
    try:
        name = os.fsencode(file.path.name).decode("gb18030")
    except UnicodeDecodeError:
        return Words("", "")
    return Words(f"；按 GB18030 读作“{name}”", f"; as GB18030 it reads “{name}”")
