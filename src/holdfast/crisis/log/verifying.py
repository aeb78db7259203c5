"""Whether a log is what was written: hashes, their chain, numbers, signatures, attachments, and a head kept elsewhere.

It knows no database and no installation: an auditor runs it on an exported log with the public key alone. What it
cannot rule out it says too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.crisis.log.canonical import hash_of
from holdfast.crisis.log.keys import PublicKeys, is_signed, signer_of

MOST_TRIED = 500
"""So many places are tried to find out where an entry that does not fit came from."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written. `number` is the entry, 0 for the log as a whole."""

    code: str
    number: int
    says: str


@dataclass(frozen=True)
class Heading:
    """What the log itself says of its end."""

    key: str
    length: int
    head: str


@dataclass
class Verdict:
    """What was found out. `proves` and `leaves_open` are sentences."""

    key: str
    entries: int = 0
    head: str = ""
    findings: list[Finding] = field(default_factory=list)
    proves: list[str] = field(default_factory=list)
    leaves_open: list[str] = field(default_factory=list)
    heads_found: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        return {
            "log": self.key,
            "holds": self.holds,
            "entries": self.entries,
            "head": self.head,
            "findings": [{"code": one.code, "number": one.number, "says": one.says} for one in self.findings],
            "proves": self.proves,
            "leaves_open": self.leaves_open,
        }


FileCheck = Callable[[Mapping[str, Any]], str]
"""What is wrong with an attachment as an entry names it; empty where nothing is."""


def verify(
    heading: Heading,
    entries: Iterable[Mapping[str, Any]],
    *,
    keys: PublicKeys,
    keys_are_given: bool = False,
    heads: Collection[str] = (),
    check_file: FileCheck | None = None,
) -> Verdict:
    """Checks the entries in the order in which they come. `heads` are hashes that were kept elsewhere and belong to
    this log; `keys_are_given`: the keys were brought by who checks, and not found beside the log."""
    found = Verdict(heading.key)
    before, expected = "", 1
    odd: list[Mapping[str, Any]] = []
    signed: set[str] = set()
    wanted = set(heads)
    for entry in entries:
        number = entry.get("number")
        if not isinstance(number, int) or isinstance(number, bool):
            found.findings.append(Finding("unreadable", expected, f"entry {expected} has no number"))
            expected += 1
            continue
        _place(found, number, expected)
        expected = max(expected, number + 1)
        _chain(found, entry, number, before, heading.key, odd)
        signed.add(_signature(found, entry, number, keys))
        for file in entry.get("files") or ():
            if check_file is not None and (wrong := check_file(file)):
                found.findings.append(Finding("file", number, f"entry {number}: {wrong}"))
        before = str(entry.get("hash", ""))
        if before in wanted:
            found.heads_found[before] = number
        found.entries += 1
        found.head = before
    _moved(found, odd)
    _end(found, heading, expected - 1)
    _heads(found, wanted)
    _say(found, keys, keys_are_given, {one for one in signed if one}, bool(wanted))
    return found


def _place(found: Verdict, number: int, expected: int) -> None:
    if number > expected:
        lost = f"entry {expected} is" if number == expected + 1 else f"entries {expected} to {number - 1} are"
        found.findings.append(Finding("missing", expected, f"{lost} missing"))
    elif number < expected:
        found.findings.append(Finding("order", number, f"entry {number} stands out of its order"))


def _chain(
    found: Verdict, entry: Mapping[str, Any], number: int, before: str, key: str, odd: list[Mapping[str, Any]]
) -> None:
    if entry.get("log", key) != key:
        found.findings.append(Finding("order", number, f"entry {number} is another log's: {entry.get('log')}"))
    try:
        fits = hash_of(entry) == entry.get("hash")
    except (KeyError, TypeError, ValueError) as error:
        found.findings.append(Finding("unreadable", number, f"entry {number} cannot be read: {error}"))
        return
    if not fits:
        odd.append(entry)
    if entry.get("previous") != before:
        said = f"entry {number} does not follow the entry before it"
        found.findings.append(Finding("chain", number, said))


def _moved(found: Verdict, odd: list[Mapping[str, Any]]) -> None:
    """Of the entries whose content is not that of their hash: which are whole, only not at their number."""
    numbers = sorted({entry["number"] for entry in odd} | {entry["number"] + step for entry in odd for step in (-1, 1)})
    for entry in odd:
        number = entry["number"]
        was = next(
            (one for one in numbers[:MOST_TRIED] if hash_of({**entry, "number": one}) == entry.get("hash")), None
        )
        if was is None:
            said = Finding("edited", number, f"entry {number} was changed: its hash was taken of something else")
        else:
            said = Finding("order", number, f"entry {number} was written as entry {was}: the order was changed")
        found.findings.append(said)


def _signature(found: Verdict, entry: Mapping[str, Any], number: int, keys: PublicKeys) -> str:
    """The id of the key that signed, where it did."""
    signature = str(entry.get("signature") or "")
    if not signature:
        found.findings.append(Finding("unsigned", number, f"entry {number} is not signed"))
        return ""
    signer = signer_of(signature)
    key = keys.get(signer)
    if key is None:
        said = f"entry {number} is signed with a key that is not known here: {signer or 'unreadable'}"
        found.findings.append(Finding("key", number, said))
        return ""
    if not is_signed(str(entry.get("hash", "")), signature, key):
        said = f"the signature of entry {number} is not over this hash: it was written anew without the key"
        found.findings.append(Finding("signature", number, said))
        return ""
    return signer


def _end(found: Verdict, heading: Heading, last: int) -> None:
    if last < heading.length:
        said = f"the log says that it has {heading.length} entries, and ends with entry {last}: its end was cut off"
        found.findings.append(Finding("cut", last, said))
    elif last > heading.length:
        said = f"the log says that it has {heading.length} entries, and goes on to entry {last}"
        found.findings.append(Finding("length", last, said))
    if last == heading.length and found.head != heading.head:
        found.findings.append(Finding("head", last, "the log's own head is not the hash of its last entry"))


def _heads(found: Verdict, wanted: set[str]) -> None:
    for head in sorted(wanted - set(found.heads_found)):
        said = f"the head that was kept, {head}, is not in the log: its end was cut off, or it was written anew"
        found.findings.append(Finding("kept_head", 0, said))


def _say(found: Verdict, keys: PublicKeys, given: bool, signed: set[str], with_head: bool) -> None:
    reached = max(found.heads_found.values(), default=0)
    if found.holds:
        found.proves.append("no entry is missing, changed, or out of its order, as far as the chain goes")
        if reached:
            found.proves.append(f"entries 1 to {reached} are those of the day on which the head was kept")
        if signed:
            found.proves.append(f"every entry is signed with the key {', '.join(sorted(signed))}")
    if not with_head:
        found.leaves_open += [
            "without a head that was kept elsewhere (--head HASH): that entries were cut off at the end, and the log's "
            "own length with them",
            "without a head that was kept elsewhere: that who holds the signing key wrote the whole log anew",
        ]
    elif found.holds and reached < found.entries:
        found.leaves_open.append(f"what came after entry {reached}, where the head was kept, may have been cut off")
    if signed and not given:
        found.leaves_open.append(
            "the public keys are those kept beside the log: who can write there could have put another there "
            "(--public-key FILE names a key that you were given)"
        )
