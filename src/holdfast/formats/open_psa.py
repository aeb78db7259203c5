"""Fault trees in the Open-PSA model exchange format (XML) as twins without times: docs/methods/fault-trees.md.

Read are fault trees of gates with and, or and atleast, nested as they like, over basic events and house events, in
components too. Probabilities, parameters and attributes are left alone. What would change the cut sets and cannot be
a twin (negations, common-cause groups) is refused.

Source: S. Epstein and A. Rauzy, Open-PSA Model Exchange Format, version 2.0d (2008), chapter on the fault tree layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from xml.parsers import expat

Json = dict[str, Any]

MOST_BYTES = 50_000_000
MOST_ELEMENTS = 2_000_000
MOST_DEPTH = 200

MTPD = 720.0
"""The top event's MTPD in hours: a loss of up to this of a gate itself breaches nothing."""

FOR_GOOD = 250_000.0
"""The restart of a basic event in hours, past every horizon: what fails stays failed."""

_CONTAINERS = ("opsa-mef", "define-fault-tree", "define-component", "model-data")
_REFERENCES = ("event", "gate", "basic-event", "house-event")
_COHERENT = ("and", "or", "atleast")
_CONNECTIVES = (*_COHERENT, "not", "nand", "nor", "xor", "iff", "imply", "cardinality")
_ASIDE = ("label", "attributes")
# What stands beside fault trees in a file and says nothing about their cut sets.
_IGNORED = (
    *_ASIDE,
    "define-parameter",
    "define-event-tree",
    "define-initiating-event",
    "define-sequence",
    "define-alignment",
)


class OpenPsaError(ValueError):
    """A file that is no such fault tree: the line, and what is wanted there."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        self.message = message
        super().__init__(f"line {line}: {message}" if line else message)


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    line: int
    children: list[_Element] = field(default_factory=list)


@dataclass
class _Formula:
    """``least`` of the children must fail for it to fail; a reference has a ``name``, a constant a ``fails``."""

    line: int
    least: int = 0
    children: list[_Formula] = field(default_factory=list)
    name: str = ""
    kind: str = "event"
    fails: bool | None = None
    negated: bool = False


@dataclass
class _Defined:
    kind: Literal["gate", "basic-event", "house-event"]
    key: str
    scope: tuple[str, ...]
    line: int
    label: str
    formula: _Formula | None = None
    fails: bool = False


@dataclass(frozen=True)
class FaultTree:
    """A fault tree as a twin: the JSON of it, the id of the ``top`` process, the number of gates and basic events."""

    twin: Json
    top: str
    gates: int
    basic_events: int


def read_open_psa(data: bytes, top: str | None = None) -> FaultTree:
    """The tree under the gate ``top``, or under the one gate that no other uses. Raises OpenPsaError."""
    root = _elements(data)
    if root.tag != "opsa-mef":
        raise OpenPsaError(root.line, f"wanted an Open-PSA model (opsa-mef), got {root.tag}")
    model = _Model()
    model.take(root, (), False)
    return _Tree(model, model.top(top)).as_twin()


def _elements(data: bytes) -> _Element:
    """The elements of an XML text. Nothing is fetched, no entity is defined, and size and depth are limited."""
    if len(data) > MOST_BYTES:
        raise OpenPsaError(0, f"wanted at most {MOST_BYTES // 1_000_000} MB, got {len(data) / 1e6:.0f}")
    parser = expat.ParserCreate()
    outside = _Element("", {}, 0)
    stack = [outside]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        line = parser.CurrentLineNumber
        if count > MOST_ELEMENTS:
            raise OpenPsaError(line, f"wanted at most {MOST_ELEMENTS:,} elements")
        if len(stack) > MOST_DEPTH:
            raise OpenPsaError(line, f"wanted elements nested at most {MOST_DEPTH} deep")
        element = _Element(tag, attributes, line)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse_entity(*_: object) -> Any:
        raise OpenPsaError(parser.CurrentLineNumber, "entities are not taken")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: stack.pop()
    parser.EntityDeclHandler = refuse_entity
    parser.ExternalEntityRefHandler = refuse_entity
    parser.SkippedEntityHandler = refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise OpenPsaError(error.lineno, f"is not XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, OpenPsaError):
            raise
        raise OpenPsaError(1, f"is not XML: {error}") from None
    return outside.children[0]


class _Model:
    """What is defined, by the path of its name; names are looked up from the inside out."""

    def __init__(self) -> None:
        self.by_path: dict[tuple[str, ...], _Defined] = {}
        self.public: dict[str, _Defined] = {}
        self.labels: dict[int, str] = {}

    def take(self, element: _Element, scope: tuple[str, ...], private: bool) -> None:
        todo = [(element, scope, private)]
        while todo:
            container, scope, private = todo.pop()
            for child in container.children:
                hidden = private or child.attributes.get("role") == "private"
                if child.tag in _CONTAINERS:
                    inner = scope if child.tag == "model-data" else (*scope, _name(child))
                    todo.append((child, inner, hidden))
                elif child.tag in ("define-gate", "define-basic-event", "define-house-event"):
                    self.define(child, scope, hidden)
                elif child.tag not in _IGNORED:
                    raise OpenPsaError(child.line, f"{child.tag} is not taken: it would change the cut sets")

    def define(self, element: _Element, scope: tuple[str, ...], private: bool) -> None:
        name = _name(element)
        kind: Any = element.tag.removeprefix("define-")
        path = (*scope, name)
        if path in self.by_path or (not private and name in self.public):
            raise OpenPsaError(element.line, f"“{name}” is defined twice")
        defined = _Defined(kind, ".".join(path) if private else name, scope, element.line, "")
        body = [child for child in element.children if child.tag not in _ASIDE]
        if kind == "gate":
            if len(body) != 1:
                raise OpenPsaError(element.line, f"wanted one formula in the gate “{name}”, got {len(body)}")
            defined.formula = _formula(body[0])
        elif kind == "house-event":
            defined.fails = bool(body) and _constant(body[0])
        self.by_path[path] = defined
        if not private:
            self.public[name] = defined

    def find(self, formula: _Formula, scope: tuple[str, ...]) -> _Defined:
        """What a reference means; a basic event need not be defined, for its definition is its probability."""
        parts = tuple(formula.name.split("."))
        found = None
        for depth in range(len(scope), -1, -1):
            if found := self.by_path.get((*scope[:depth], *parts)):
                break
        found = found or self.public.get(formula.name)
        if found is None:
            if formula.kind in ("gate", "house-event"):
                raise OpenPsaError(formula.line, f"the {formula.kind} “{formula.name}” is not defined")
            found = _Defined("basic-event", formula.name, (), formula.line, "")
            self.public[formula.name] = found
        if formula.kind not in ("event", found.kind):
            raise OpenPsaError(formula.line, f"“{formula.name}” is a {found.kind}, not a {formula.kind}")
        return found

    def top(self, wanted: str | None) -> _Defined:
        gates = [one for one in self.by_path.values() if one.kind == "gate"]
        if wanted is not None:
            chosen = [one for one in gates if one.key == wanted]
            if not chosen:
                raise OpenPsaError(0, f"there is no gate “{wanted}”")
            return chosen[0]
        used = {id(self.find(one, gate.scope)) for gate in gates for one in _references(gate.formula)}
        tops = [gate for gate in gates if id(gate) not in used]
        if len(tops) == 1:
            return tops[0]
        if not tops:
            raise OpenPsaError(0, "wanted a gate that no other uses; choose the top gate" if gates else "has no gates")
        names = ", ".join(sorted(one.key for one in tops)[:10])
        raise OpenPsaError(0, f"has {len(tops)} gates that no other uses; choose the top gate: {names}")


class _Tree:
    """The twin of one top gate: constants are folded away, every gate left is a node that needs so many of its inputs.

    With n inputs of which `least` must fail, n - least + 1 must work; the quorum is as high, so that levels are 0 or 1.
    """

    def __init__(self, model: _Model, top: _Defined) -> None:
        self.model = model
        self.top = top
        self.nodes: dict[str, Json] = {}
        self.value: dict[int, bool | str] = {}  # by gate: a constant, or the id of its node
        self.gates = self.events = 0

    def as_twin(self) -> FaultTree:
        for gate in self.bottom_up():
            assert gate.formula is not None
            self.value[id(gate)] = self.fold(gate, gate.formula, gate.key)
        value = self.value[id(self.top)]
        if value is True:
            raise OpenPsaError(self.top.line, f"“{self.top.key}” always fails: its house events see to that")
        process: Json = {"id": self.top.key, "kind": "process", "mtpd": MTPD, "requirements": []}
        if value is not False:
            process["requirements"] = self.nodes.pop(self.top.key)["requirements"]
        nodes = [process, *self.nodes.values()]
        return FaultTree({"nodes": nodes, "pools": []}, self.top.key, self.gates, self.events)

    def bottom_up(self) -> list[_Defined]:
        """The gates under the top, each after those that it uses. Without recursion: trees may be deep."""
        order: list[_Defined] = []
        state: dict[int, int] = {}  # 1 on the way down, 2 done
        todo = [(self.top, False)]
        while todo:
            gate, back = todo.pop()
            if back:
                state[id(gate)] = 2
                order.append(gate)
                continue
            if state.get(id(gate)):
                continue
            state[id(gate)] = 1
            todo.append((gate, True))
            for reference in _references(gate.formula):
                used = self.model.find(reference, gate.scope)
                if used.kind != "gate":
                    continue
                if state.get(id(used)) == 1:
                    raise OpenPsaError(reference.line, f"the gate “{used.key}” uses itself, by “{gate.key}”")
                todo.append((used, False))
        return order

    def fold(self, gate: _Defined, formula: _Formula, key: str) -> bool | str:
        """Whether a formula always or never fails, else the id of a node that works while it does not fail.

        ``key`` is the id that a gate has; formulas within it are numbered.
        """
        named = formula is gate.formula
        if formula.fails is not None:
            return formula.fails
        if formula.name:
            value = self.referred(formula, gate.scope)
            if isinstance(value, bool) or not named:
                return value
            return self.needing(key, [value], 1)
        inputs, least = [], formula.least
        for number, child in enumerate(formula.children, 1):
            value = self.fold(gate, child, f"{key}/{number}")
            if value is True:
                least -= 1
            elif value is not False:
                inputs.append(value)
        if formula.negated:
            if inputs:
                raise OpenPsaError(
                    formula.line, "a negation is not taken, but of a constant: sets would not be cut sets"
                )
            return least > 0  # least is 0 where the child fails
        if least <= 0:
            return True
        if least > len(inputs):
            return False
        if len(inputs) == 1 and not named:
            return inputs[0]
        return self.needing(key, inputs, len(inputs) - least + 1)

    def referred(self, formula: _Formula, scope: tuple[str, ...]) -> bool | str:
        defined = self.model.find(formula, scope)
        if defined.kind == "house-event":
            return defined.fails
        if defined.kind == "gate":
            return self.value[id(defined)]
        if defined.key not in self.nodes:
            self.events += 1
            self.nodes[defined.key] = {
                "id": defined.key,
                "kind": "equipment",
                "restart": FOR_GOOD,
                "requirements": [],
            }
        return defined.key

    def needing(self, key: str, inputs: list[str], working: int) -> str:
        while key in self.nodes:
            key += "'"  # an event that happens to be called as a part of a gate is
        supply = [{"node": one, "weight": 1} for one in inputs]
        requirement = {"needs": working, "quorum": working, "supply": supply}
        self.nodes[key] = {"id": key, "kind": "equipment", "tags": ["gate"], "requirements": [requirement]}
        self.gates += 1
        return key


def _formula(element: _Element) -> _Formula:
    tag, line = element.tag, element.line
    if tag in _REFERENCES:
        kind = element.attributes.get("type", tag) if tag == "event" else tag
        return _Formula(line, name=_name(element), kind=kind)
    if tag == "constant":
        return _Formula(line, fails=_constant(element))
    if tag not in _CONNECTIVES:
        raise OpenPsaError(line, f"wanted a formula ({', '.join((*_COHERENT, *_REFERENCES, 'constant'))}), got {tag}")
    if tag not in (*_COHERENT, "not"):
        raise OpenPsaError(line, f"{tag} is not taken: wanted and, or, atleast")
    children = [_formula(child) for child in element.children if child.tag not in _ASIDE]
    if not children:
        raise OpenPsaError(line, f"wanted something in this {tag}")
    if tag == "not":
        if len(children) != 1:
            raise OpenPsaError(line, f"wanted one formula in this not, got {len(children)}")
        return _Formula(line, 1, [children[0]], negated=True)
    least = {"or": 1, "and": len(children)}.get(tag) or _least(element, len(children))
    return _Formula(line, least, children)


def _least(element: _Element, children: int) -> int:
    text = element.attributes.get("min", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= children):
        raise OpenPsaError(element.line, f"wanted a min from 1 to {children} in this atleast, got “{text}”")
    return int(text)


def _constant(element: _Element) -> bool:
    value = element.attributes.get("value")
    if element.tag != "constant" or value not in ("true", "false"):
        raise OpenPsaError(element.line, 'wanted <constant value="true"/> or <constant value="false"/>')
    return value == "true"


def _name(element: _Element) -> str:
    name = element.attributes.get("name", "").strip()
    if not name:
        raise OpenPsaError(element.line, f"wanted a name in this {element.tag}")
    return name


def _references(formula: _Formula | None) -> list[_Formula]:
    """The references in a formula, in the order in which they stand."""
    found, todo = [], [formula] if formula else []
    while todo:
        one = todo.pop()
        if one.name:
            found.append(one)
        todo += reversed(one.children)
    return found


__all__ = ["FaultTree", "OpenPsaError", "read_open_psa"]
