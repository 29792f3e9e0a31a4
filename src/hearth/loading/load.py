"""Loading a source's files: each becomes accepted, rejected, held, waiting, duplicate or unrecognised.

    digest → known? → twin? → read → parse → tolerance → slice → hold? gate? closed? → attach, quarantine, keys, row

A file counts with the one transaction at the end or not at all. What a load that was cut off left behind is
removed when the next one starts. Logs hold counts, ids and codes; never a cell, nor an exception's own words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from hearth.contracts import county_source, with_county
from hearth.contracts.model import Extract, Source
from hearth.database.engine import connect
from hearth.failures import is_failure, trail
from hearth.gating import Before, gate_delivery
from hearth.keys import check_key
from hearth.language import Words
from hearth.loading import additions, registry
from hearth.loading.accepting import SPINE, let_count
from hearth.loading.as_read import contract_digest, description
from hearth.loading.catalogue import HOLDS
from hearth.loading.caution import reading
from hearth.loading.checks import reasons_to_hold, too_many_faults, unread_sheets
from hearth.loading.corrections import Claim, accepted_twin, as_figures, claim_of, fewer_events, replaced_by
from hearth.loading.discovery import Landed, discover, discover_strays
from hearth.loading.in_pieces import load_pieces
from hearth.loading.listing import why_listed
from hearth.loading.outcome import DeliveryOutcome, Message, Status, joined, message
from hearth.loading.parts import keep_sample, same_rows_elsewhere, sample_of
from hearth.loading.settling import Slice, list_counts, settle
from hearth.loading.slices import analyse_whole, drop_leftovers, drop_slice, slice_table, write_slice
from hearth.loading.waiting import is_closed, take_in, waits
from hearth.parsing.frame import Parsed, parse
from hearth.reading.filename import FileName
from hearth.reading.pieces import is_long
from hearth.reading.problems import DeliveryProblem
from hearth.reading.table import Table, read_table
from hearth.settings import Settings
from hearth.timing import Stopwatch, write_steps

log = logging.getLogger(__name__)

Connection = psycopg.Connection[Any]
Progress = Callable[[DeliveryOutcome], None]


def load_source(
    settings: Settings,
    source_name: str,
    *,
    landing: Path,
    months: Collection[str] | None = None,
    progress: Progress | None = None,
    again_before: datetime | None = None,
) -> list[DeliveryOutcome]:
    """Load what is new of a source, in month order; files that were registered before come back as they are, or as
    new where they waited for a month that is open now.

    With `again_before` those accepted or rejected before that moment are read anew: the new reading takes the place
    of the earlier one, which stays traceable.

    Raises:
        InputError: there is no landing folder, or the county's file is faulty or does not switch the source on.
        Busy: another load of the source is at work and does not finish.
        DatabaseUnavailable: no server, or one that is not bootstrapped for this instance.
        KeyMismatch: the key file is not the one the pseudonyms were made with.
    """
    source = county_source(source_name, settings.county_file)
    files = discover(landing, source, months)
    strays = register_strays(settings, landing) if source_name == SPINE[0] else []
    with registry.answering(source.name), connect(settings, "loader", autocommit=True) as connection:
        check_key(settings, connection)
        with registry.source_lock(connection, source.name):
            _drop_leftovers(connection, source)
            freed = take_in(settings, connection, source, months)
            for outcome in freed:
                _told(outcome, progress)
            known = registry.known_files(connection, source.name)
            load = _Load(settings, connection, source, known, again_before)
            outcomes = freed + _others(freed, (_told(load.file(file), progress) for file in load.lists_first(files)))
            _analyse(connection, outcomes)
            return strays + outcomes


def register_strays(settings: Settings, landing: Path) -> list[DeliveryOutcome]:
    """List the files that lie in no source's folder.

    Raises:
        InputError: there is no landing folder.
    """
    strays = discover_strays(landing, [source.name for source in with_county(settings.county_file)])
    with connect(settings, "loader", autocommit=True) as connection, registry.source_lock(connection, "strays"):
        known = registry.known_files(connection, None)
        return [_list_only(connection, file, known) for file in strays]


def _told(outcome: DeliveryOutcome | None, progress: Progress | None) -> DeliveryOutcome | None:
    if outcome is not None and progress is not None:
        progress(outcome)
    return outcome


def _others(freed: Collection[DeliveryOutcome], found: Iterable[DeliveryOutcome | None]) -> list[DeliveryOutcome]:
    """The outcomes of files that were not among those taken in."""
    numbers = {outcome.delivery_id for outcome in freed}
    return [outcome for outcome in found if outcome is not None and outcome.delivery_id not in numbers]


def _analyse(connection: Connection, outcomes: Collection[DeliveryOutcome]) -> None:
    """Statistics of the tables that gained a slice."""
    fresh = [outcome for outcome in outcomes if outcome.is_new and outcome.status == Status.ACCEPTED]
    for source, extract in sorted({(str(outcome.source), str(outcome.extract)) for outcome in fresh}):
        analyse_whole(connection, source, extract)


def _drop_leftovers(connection: Connection, source: Source) -> None:
    for name in drop_leftovers(connection, source):
        log.warning("dropped %s, which an earlier load left unfinished", name)


def _list_only(
    connection: Connection, file: Landed, known: dict[str, list[registry.Known]], source: Source | None = None
) -> DeliveryOutcome:
    for found in known.get(file.relative_path, []):
        if found.outcome.status == Status.UNRECOGNISED:
            return found.outcome
    with registry.registration(connection):
        why = _named(file, why_listed(file, source))
        return registry.register(connection, file, Status.UNRECOGNISED, message=why)


@dataclass(frozen=True)
class _Read:
    """A file as it was read; one that was read in pieces is in its slice already, under this number."""

    table: Table
    parsed: Parsed
    delivery_id: int | None = None


@dataclass(frozen=True)
class _Load:
    """One load of one source, under its lock."""

    settings: Settings
    connection: Connection
    source: Source
    known: dict[str, list[registry.Known]]
    again_before: datetime | None = None
    watch: Stopwatch = field(default_factory=Stopwatch)
    postponed: list[Landed] = field(default_factory=list)

    def lists_first(self, files: Iterable[Landed]) -> Iterator[Landed]:
        """The files in their order, and once more those that were postponed: a returned workbook, whatever it is
        called, comes after all whole lists, so that it finds its own also where a warehouse is loaded anew."""
        yield from files
        yield from tuple(self.postponed)

    def file(self, file: Landed) -> DeliveryOutcome | None:
        """Load one file; None where it is postponed, went away or is still being written."""
        if file.name is None:
            return _list_only(self.connection, file, self.known, self.source)
        self.watch.steps.clear()
        try:
            return self._new_or_known(file, file.name)
        except FileNotFoundError:
            log.warning("%s went away before it was read", file.relative_path)
            return None

    def _new_or_known(self, file: Landed, name: FileName) -> DeliveryOutcome | None:
        contract = contract_digest(name.extract)
        registered = reversed(self.known.get(file.relative_path, []))
        known = [before for before in registered if before.still_stands(contract)]
        try:
            file.require_readable()
        except DeliveryProblem as problem:
            return self._unread(file, known, problem)
        size, stamp = file.stamp()
        again = [before for before in known if before.is_read_again(self.again_before)]
        for before in known:
            if (before.byte_count, before.file_stamp) == (size, stamp) and before not in again:
                return before.outcome
        try:
            digest = file.digest()
        except PermissionError:
            return self._unread(file, known, DeliveryProblem("no_permission"))
        same = [before for before in known if before.sha256 == digest]
        if same and same[0] not in again:
            return same[0].outcome
        facts = {"sha256": digest, "byte_count": size, "file_stamp": stamp, "contract_digest": contract}
        facts["reading"] = 1 + max((before.reading for before in same), default=0)
        outcome = self._load(file, name, facts)
        if outcome is not None and outcome.is_new:
            write_steps(self.connection, self.watch.steps, delivery_id=outcome.delivery_id)
            _log(outcome)
        return outcome

    def _load(self, file: Landed, name: FileName, facts: dict[str, Any]) -> DeliveryOutcome | None:
        assert file.month is not None
        twin = accepted_twin(self.connection, self._claim(file, name), facts["sha256"])
        if twin is not None and facts["reading"] == 1:
            facts |= {"rows_read": 0, "duplicate_of": twin}
            return self._register(file, Status.DUPLICATE, registry.twin_message(twin), **facts)
        with reading(self.settings, file, name.extract, str(facts["sha256"])) as problem:
            read = _said(problem) if problem else self._read(file, name.extract)
        if file.stamp() != (facts["byte_count"], facts["file_stamp"]):
            log.warning("%s is still being written; the next load reads it", file.relative_path)
            self._forget(read, name.extract)
            return None
        if isinstance(read, Message):
            return self._register(file, Status.REJECTED, read, **facts)
        facts |= description(read.table, read.parsed)
        if read.table.reasons_position is not None:
            return self._add(file, name, read, facts)
        faulty = too_many_faults(name.extract, read.parsed, read.table)
        if faulty is not None:
            return self._register(file, Status.REJECTED, faulty, **facts)
        return self._place(file, name, read, facts)

    def _claim(self, file: Landed, name: FileName) -> Claim:
        return claim_of(self.source.name, name.extract.name, name, file.file_name, str(file.month))

    def _read(self, file: Landed, extract: Extract) -> _Read | Message:
        if is_long(file.path):
            delivery_id = registry.next_delivery_id(self.connection)
            loaded = load_pieces(self.connection, self.source, extract, delivery_id, file, self.watch)
            if loaded is not None:
                return _Read(*loaded, delivery_id)
            log.info("%s is read whole", file.relative_path)
        return _read(file, extract, self.watch)

    def _write(self, extract: Extract, parsed: Parsed) -> int:
        """Copy the rows into a slice; gives its number."""
        delivery_id = registry.next_delivery_id(self.connection)
        with self.watch.step("copy"):
            write_slice(self.connection, self.source, extract, delivery_id, [parsed.rows])
        return delivery_id

    def _forget(self, read: _Read | Message, extract: Extract) -> None:
        """Remove the slice of a file that was taken in pieces and does not count."""
        if isinstance(read, _Read) and read.delivery_id is not None:
            drop_slice(self.connection, slice_table(self.source.name, extract.name, read.delivery_id))

    def _add(self, file: Landed, name: FileName, read: _Read, facts: dict[str, Any]) -> DeliveryOutcome | None:
        """A returned workbook adds its rows, however many are still faulty; after all whole lists of this load."""
        if file not in self.postponed:
            self.postponed.append(file)
            return None
        place = additions.Place(self.source.name, name.extract, name.part, str(file.month))
        found = additions.find_addition(self.connection, place, name, file.file_name, str(facts["sha256"]), read.table)
        facts["is_addition"] = True
        if isinstance(found, additions.NoAddition):
            if found.may_change:
                facts["contract_digest"] = additions.NO_LIST_YET
                if before := self._told_before(file, facts):
                    return before
            return self._register(file, Status.REJECTED, found.message, **facts)
        facts |= {"adds_to": found.adds_to, "part": found.part}
        return self._place(file, replace(name, stated_count=None), read, facts, found)

    def _told_before(self, file: Landed, facts: dict[str, Any]) -> DeliveryOutcome | None:
        """What became of the same bytes when they were read before under the same terms."""
        for before in self.known.get(file.relative_path, []):
            if (before.sha256, before.contract_digest) == (facts["sha256"], facts["contract_digest"]):
                return before.outcome
        return None

    def _place(
        self,
        file: Landed,
        name: FileName,
        read: _Read,
        facts: dict[str, Any],
        addition: additions.Addition | None = None,
    ) -> DeliveryOutcome:
        """Write the slice, judge it, and seal the delivery's fate."""
        try:
            delivery_id = read.delivery_id or self._write(name.extract, read.parsed)
        except psycopg.DataError as error:
            log.error("%s cannot be stored: SQLSTATE %s", file.relative_path, error.sqlstate)
            problem = DeliveryProblem("not_storable", sqlstate=error.sqlstate)
            return self._register(file, Status.REJECTED, _said(problem), **facts)
        table = slice_table(self.source.name, name.extract.name, delivery_id)
        if addition is not None:
            own = Slice(self.source.name, name.extract, delivery_id, addition.adds_to, addition.sha256)
            settled = settle(self.connection, own, addition.answers, read.parsed, read.table)
            read = replace(read, parsed=settled)
        with self.watch.step("gate"):
            sample = sample_of(self.connection, self.source.name, name.extract, table) if addition is None else []
            reasons = self._reasons_to_hold(file, name, read, facts, table, addition, sample)
            gate = gate_delivery(
                self.settings,
                self.source,
                name.extract,
                table,
                delivery_id,
                file.data_date,
                addition is not None,
                _listed(read.parsed),
                None if addition else self._in_an_earlier_month(file, name),
            )
        if not gate.passed:
            findings = Words("；".join(gate.failures_zh), " ".join(gate.failures))
            reasons.append(message(HOLDS["gate_failed"], findings=findings))
        with self.watch.step("seal"), registry.registration(self.connection):
            registry.write_quarantine(self.connection, delivery_id, read.parsed, name.extract)
            registry.write_top(self.connection, delivery_id, read.parsed, read.table)
            keep_sample(self.connection, delivery_id, name.extract, sample)
            if addition is not None:
                additions.write_answers(self.connection, delivery_id, addition)
            if reasons:
                return self._keep_apart(file, Status.HELD, delivery_id, read.parsed, joined(reasons), facts)
            notes = self._notes_on(file, name, read, facts, addition)
            if is_closed(self.connection, str(file.month)):
                notes.append(waits(str(file.month)))
                return self._keep_apart(file, Status.WAITING, delivery_id, read.parsed, joined(notes), facts)
            if addition is not None and not list_counts(self.connection, addition.adds_to):
                notes.append(additions.waits_for_list(addition.adds_to))
                return self._keep_apart(file, Status.WAITING, delivery_id, read.parsed, joined(notes), facts)
            return self._accept(file, name.extract, delivery_id, read.parsed, joined(notes), facts)

    def _reasons_to_hold(
        self,
        file: Landed,
        name: FileName,
        read: _Read,
        facts: dict[str, Any],
        table: str,
        addition: additions.Addition | None,
        sample: Sequence[int],
    ) -> list[Message]:
        assert file.month is not None
        dates = [*read.table.note_dates, *read.parsed.data_dates]
        if addition is not None:
            facts["figures"] = {"adds_to": addition.adds_to}
            reasons = reasons_to_hold(name.extract, name, read.parsed, file.data_date, dates, None)
            return [*unread_sheets(read.table), *reasons]
        previous = registry.previous_delivery(
            self.connection, self.source.name, name.extract.name, name.part, file.month
        )
        facts["figures"] = {
            "previous": asdict(previous) if previous else None,
            "stated_count": name.stated_count,
            "stated_unit": name.stated_unit,
        }
        reasons = reasons_to_hold(name.extract, name, read.parsed, file.data_date, dates, previous)
        if previous is None:
            reasons += same_rows_elsewhere(
                self.connection, self.source.name, name.extract, name.part, file.month, table, sample
            )
        return [*unread_sheets(read.table), *additions.unmarked_return(name, read.table), *reasons]

    def _in_an_earlier_month(self, file: Landed, name: FileName) -> Before | None:
        """The part's newest list of a month before the file's."""
        month_before = f"{file.data_date.replace(day=1) - timedelta(days=1):%Y%m}"
        found = registry.previous_delivery(
            self.connection, self.source.name, name.extract.name, name.part, month_before
        )
        return Before(found.month, found.rows) if found else None

    def _notes_on(
        self,
        file: Landed,
        name: FileName,
        read: _Read,
        facts: dict[str, Any],
        addition: additions.Addition | None,
    ) -> list[Message]:
        """What to say of a file that counts, or will: how many rows it adds, or that it holds fewer events."""
        notes = _notes(read.table)
        if addition is not None:
            return [*additions.notes(self.connection, addition), *notes]
        replaced = replaced_by(self.connection, self._claim(file, name))
        facts["figures"]["replaces"] = as_figures(replaced)
        return [*notes, *fewer_events(name.extract, replaced, _listed(read.parsed))]

    def _accept(
        self,
        file: Landed,
        extract: Extract,
        delivery_id: int,
        parsed: Parsed,
        message: Message | None,
        facts: dict[str, Any],
    ) -> DeliveryOutcome:
        let_count(self.settings, self.connection, self.source.name, extract, delivery_id)
        counts = _row_counts(parsed)
        return self._register(file, Status.ACCEPTED, message, delivery_id=delivery_id, **facts, **counts)

    def _keep_apart(
        self,
        file: Landed,
        status: Status,
        delivery_id: int,
        parsed: Parsed,
        message: Message | None,
        facts: dict[str, Any],
    ) -> DeliveryOutcome:
        facts["figures"]["kept_apart"] = _row_counts(parsed)
        return self._register(file, status, message, delivery_id=delivery_id, **facts)

    def _unread(self, file: Landed, known: list[registry.Known], problem: DeliveryProblem) -> DeliveryOutcome:
        """Refuse what cannot even be opened, once for each reason."""
        for before in known:
            if before.sha256 is None and before.outcome.message == _named(file, _said(problem)).en:
                return before.outcome
        return self._register(file, Status.REJECTED, _said(problem))

    def _register(self, file: Landed, status: Status, message: Message | None, **facts: Any) -> DeliveryOutcome:
        named = None if message is None else _named(file, message)
        with registry.registration(self.connection):
            return registry.register(self.connection, file, status, message=named, **facts)


def _read(file: Landed, extract: Extract, watch: Stopwatch) -> _Read | Message:
    """The file's rows, or why there are none. A fault of ours in reading costs this file only."""
    try:
        with watch.step("read"):
            table = read_table(file.path, extract)
        with watch.step("parse"):
            return _Read(table, parse(table, extract, file.data_date))
    except DeliveryProblem as problem:
        return _said(problem)
    except (MemoryError, FileNotFoundError):
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        log.error("%s: %s at %s", file.relative_path, type(error).__name__, trail(error))
        return _said(DeliveryProblem("unexpected", kind=type(error).__name__))


def _named(file: Landed, message: Message) -> Message:
    """The message with the file's name before it."""
    return Message(f"{file.file_name}：{message.zh}", f"{file.file_name}: {message.en}")


def _said(problem: DeliveryProblem) -> Message:
    return Message(problem.zh, problem.en)


def _notes(table: Table) -> list[Message]:
    """What the sender of a file that counts should know all the same."""
    return [Message(zh, en) for zh, en in table.notes]


def _listed(parsed: Parsed) -> int:
    """The rows of the file, faulty ones included, repeated ones not."""
    return parsed.rows_good + parsed.quarantined.height


def _row_counts(parsed: Parsed) -> dict[str, int]:
    return {
        "rows_loaded": parsed.rows_good,
        "rows_quarantined": parsed.quarantined.height,
        "rows_duplicate": parsed.rows_duplicate,
    }


def _log(outcome: DeliveryOutcome) -> None:
    log.info(
        "delivery %s %s/%s %s: %s, %s read, %s loaded, %s quarantined, %s duplicate",
        outcome.delivery_id,
        outcome.source,
        outcome.extract,
        outcome.month,
        outcome.status,
        outcome.rows_read,
        outcome.rows_loaded,
        outcome.rows_quarantined,
        outcome.rows_duplicate,
    )
