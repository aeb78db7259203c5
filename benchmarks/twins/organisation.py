"""A generated organisation of any size, with the proportions of the medium twin.

Sites with power, network, building, floors, teams and equipment; regional and shared applications over servers,
identity and data centres; suppliers; processes with priorities, limits, impact, fallbacks and pools; 7 % of the nodes
in circles of two to five.
"""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.twins.hazards import hazards_of

Json = dict[str, Any]

NODES_PER_SITE = 250
SITES_PER_REGION = 8
# Of a site's nodes after its fixed parts; processes take what is left.
TEAMS, APPLICATIONS, EQUIPMENT, RECORDS = 0.22, 0.16, 0.06, 0.05
IN_CIRCLES = 0.07
WITH_FALLBACKS = 0.21
# A circle is well-behaved if what closes it can wait longer than anything in the year lasts.
CLOSING_TOLERANCE = 2_880.0


def organisation(seed: int, nodes: int) -> Json:
    """A twin of exactly ``nodes`` nodes (at least 200) with pools and hazards, built from ``seed`` alone."""
    if nodes < 200:
        raise ValueError("an organisation has at least 200 nodes; benchmarks.twins.small makes smaller twins")
    return _Builder(Random(f"organisation/{seed}/{nodes}"), nodes).build()


class _Builder:
    """Places the nodes layer by layer, so that every requirement draws on what stands already."""

    def __init__(self, random: Random, size: int) -> None:
        self.random = random
        self.size = size
        self.nodes: list[Json] = []
        self.pools: list[Json] = []
        self.sites = [f"S{number:03d}" for number in range(max(2, size // NODES_PER_SITE))]
        self.regions = [f"R{number:02d}" for number in range(max(1, len(self.sites) // SITES_PER_REGION))]
        self.shared: dict[str, list[str]] = {}
        self.local: dict[str, dict[str, list[str]]] = {site: {} for site in self.sites}
        self.seats: dict[str, float] = {}

    def build(self) -> Json:
        self.place_suppliers()
        self.place_premises()
        self.place_shared_systems()
        # Teams and equipment of every site before its processes: fallbacks draw on the neighbours'.
        kept = self.size - len(self.nodes)
        shares = [
            kept * (number + 1) // len(self.sites) - kept * number // len(self.sites)
            for number in range(len(self.sites))
        ]
        for site, share in zip(self.sites, shares, strict=True):
            self.place_teams_and_systems(site, share)
        self.place_pools()
        for number, site in enumerate(self.sites):
            missing = (self.size - len(self.nodes)) // (len(self.sites) - number)
            self.place_processes(site, missing)
        self.size_pools()
        return {"nodes": self.nodes, "pools": self.pools, "hazards": hazards_of(self.sites, self.regions, self.nodes)}

    # Layers, lowest first.

    def place_suppliers(self) -> None:
        for region in self.regions:
            for role in ("electricity", "carrier-a", "carrier-b", "water", "fuel"):
                self.add(f"{region}-{role}", "supplier", tags=["utility"])
        count = max(5, self.size // 60)
        self.shared["supplier"] = [self.add(f"X-supplier-{number:04d}", "supplier") for number in range(count)]

    def place_premises(self) -> None:
        for site in self.sites:
            region = self.region(site)
            generator = self.add(f"{site}-generator", "equipment", site, [_one(f"{region}-fuel", tolerance=168.0)])
            feed = _one(f"{region}-electricity", tolerance=0.0)
            feed["fallbacks"] = [_fallback(f"{site}-generator-start", generator, 1.0, 0.0, 96.0, "alternate_means")]
            power = self.add(f"{site}-power", "infrastructure", site, [feed], restart=0.25)
            links = [
                self.add(f"{site}-link-{letter}", "infrastructure", site, [_one(f"{region}-carrier-{letter}")], 0.25)
                for letter in "ab"
            ]
            wide = _requirement([(link, 1.0) for link in links], needs=1.0)
            lan = self.add(f"{site}-lan", "infrastructure", site, [_one(power, tolerance=0.5), wide], 0.5)
            building = self.add(
                f"{site}-building",
                "facility",
                site,
                [_one(power, tolerance=2.0), _one(f"{region}-water", tolerance=24.0)],
            )
            self.local[site]["lan"], self.local[site]["power"] = [lan], [power]
            self.local[site]["floor"] = [
                self.add(f"{site}-floor-{number}", "facility", site, [_one(building), _one(power, tolerance=1.0)])
                for number in range(6)
            ]

    def place_shared_systems(self) -> None:
        """Data centres, identity and the applications that everyone shares, region by region and for the whole."""
        centres = []
        for number, site in enumerate(self.sites[:2]):
            hall = [_one(self.local[site]["power"][0], tolerance=8.0), _one(self.local[site]["lan"][0])]
            centres.append(self.add(f"X-datacentre-{number}", "infrastructure", site, hall, 1.0))
        either = _requirement([(centre, 1.0) for centre in centres], needs=1.0, tolerance=0.25)
        self.shared["identity"] = [self.add("X-identity", "application", None, [either], 0.5)]
        self.shared["application"] = [
            self.add(
                f"X-application-{number:04d}",
                "application",
                None,
                [self.either(centres), _one("X-identity", tolerance=1.0), _one(self.supplier(), tolerance=336.0)],
                self.pick(0.5, 1.0, 2.0),
            )
            for number in range(max(3, self.size // 250))
        ]
        for region in self.regions:
            home = next(site for site in self.sites if self.region(site) == region)
            servers = [
                self.add(
                    f"{region}-server-{number}",
                    "infrastructure",
                    home,
                    [_one(self.local[home]["power"][0], tolerance=4.0), _one(self.local[home]["lan"][0])],
                    0.5,
                )
                for number in range(6)
            ]
            self.shared[region] = []
            for number in range(12):
                cluster = _requirement([(s, 1.0) for s in self.random.sample(servers, 3)], needs=2.0, quorum=1.0)
                self.shared[region].append(
                    self.add(
                        f"{region}-application-{number:02d}",
                        "application",
                        None,
                        [cluster, _one("X-identity", tolerance=1.0)],
                        self.pick(0.5, 1.0, 2.0),
                    )
                )

    def place_teams_and_systems(self, site: str, share: int) -> None:
        here = self.local[site]
        lan, power = here["lan"][0], here["power"][0]
        here["people"] = [
            self.add(
                f"{site}-team-{number:03d}",
                "people",
                site,
                [_one(self.random.choice(here["floor"]), tolerance=self.pick(0.0, 0.0, 1.0))],
            )
            for number in range(int(share * TEAMS))
        ]
        here["equipment"] = [
            self.add(
                f"{site}-equipment-{number:03d}",
                "equipment",
                site,
                [_one(self.random.choice(here["floor"])), _one(power)],
                self.pick(0.0, 0.5),
            )
            for number in range(int(share * EQUIPMENT))
        ]
        here["record"] = [
            self.add(
                f"{site}-record-{number:03d}", "record", site, [_one(self.random.choice(here["floor"]), tolerance=24.0)]
            )
            for number in range(int(share * RECORDS))
        ]
        systems = [f"{site}-application-{number:03d}" for number in range(int(share * APPLICATIONS))]
        circles = self.circles(len(systems))
        for number, name in enumerate(systems):
            needs = [_one(lan), _one("X-identity", tolerance=1.0)]
            needs.append(self.headcount([self.random.choice(here["people"])], tolerance=self.pick(24.0, 72.0)))
            needs += [_one(self.random.choice(self.shared[self.region(site)]), tolerance=self.pick(0.5, 2.0))]
            first, last = circles[number]
            if before := systems[:first]:
                needs.append(_one(self.random.choice(before), tolerance=self.pick(0.0, 0.5)))
            needs += self.ring(systems, number, first, last)
            self.add(name, "application", site, needs, self.pick(0.25, 0.5, 1.0, 2.0))
        here["application"] = systems

    def place_pools(self) -> None:
        for region in self.regions:
            for purpose in ("seats", "licences"):
                self.seats[f"{region}-{purpose}"] = 0.0

    def place_processes(self, site: str, count: int) -> None:
        here = self.local[site]
        names = [f"{site}-process-{number:03d}" for number in range(count)]
        # Every twentieth is a critical function: it requires the processes that serve it.
        functions = {number for number in range(count) if number % 20 == 19}
        circles = self.circles(count)
        for number, name in enumerate(names):
            first, last = circles[number]
            if number in functions and first == last:
                serving = [n for n in range(number - 19, number) if n not in functions]
                chosen = sorted(self.random.sample(serving, 5))
                self.add_process(
                    name, site, [_one(names[n], tolerance=self.pick(0.0, 4.0)) for n in chosen], "function"
                )
                continue
            seats = float(self.random.randint(4, 12))
            needs = [
                self.headcount(self.random.sample(here["people"], self.random.randint(1, 2))),
                _one(self.random.choice(here["floor"]), seats, tolerance=self.pick(0.0, 2.0)),
                _one(self.random.choice(here["application"]), tolerance=self.pick(0.0, 1.0, 4.0, 24.0)),
            ]
            if self.random.random() < 0.27:
                needs.append(
                    _one(self.random.choice(self.shared[self.region(site)]), tolerance=self.pick(1.0, 4.0, 24.0))
                )
            if self.random.random() < 0.10:
                needs.append(_one(self.random.choice(self.shared["application"]), tolerance=self.pick(4.0, 24.0, 72.0)))
            if self.random.random() < 0.20:
                needs.append(_one(self.supplier(), tolerance=self.pick(72.0, 168.0, 336.0)))
            if self.random.random() < 0.20 and here["equipment"]:
                needs.append(_one(self.random.choice(here["equipment"]), tolerance=self.pick(0.0, 24.0)))
            if self.random.random() < 0.15 and here["record"]:
                needs.append(_one(self.random.choice(here["record"]), tolerance=self.pick(24.0, 72.0)))
            if before := [n for n in range(max(0, first - 30), first) if n not in functions]:
                chosen = self.random.sample(before, min(len(before), self.random.choice((0, 1, 1, 2))))
                needs += [_one(names[n], tolerance=self.pick(2.0, 8.0, 24.0)) for n in sorted(chosen)]
            if self.random.random() < 1.02 * WITH_FALLBACKS * count / (count - len(functions)):
                self.give_fallbacks(name, site, needs)
            needs += self.ring(names, number, first, last)
            self.add_process(name, site, needs, "service")

    def size_pools(self) -> None:
        """A pool holds three quarters of what could be claimed on it, so that bad years contend for it."""
        self.pools = [{"id": pool, "capacity": float(int(seats * 0.75))} for pool, seats in self.seats.items()]

    # Pieces.

    def add(
        self,
        name: str,
        kind: str,
        site: str | None = None,
        requirements: list[Json] | None = None,
        restart: float = 0.0,
        tags: list[str] | None = None,
    ) -> str:
        node: Json = {"id": name, "kind": kind, "restart": restart, "requirements": requirements or []}
        if site is not None:
            node["site"] = site
        if tags:
            node["tags"] = tags
        self.nodes.append(node)
        return name

    def add_process(self, name: str, site: str, requirements: list[Json], tag: str) -> None:
        self.add(name, "process", site, requirements, self.pick(0.0, 0.0, 1.0, 4.0), [tag])
        rto = self.pick(4.0, 8.0, 24.0, 72.0, 168.0)
        mtpd = rto * self.pick(2.0, 3.0)
        loss = float(self.random.randint(1, 40) * 500)
        self.nodes[-1] |= {
            "minimum_level": self.pick(0.3, 0.5, 0.5, 0.8, 1.0),
            "rto": rto,
            "mtpd": mtpd,
            "priority": self.random.randint(1, 5),
            "impact": {
                "financial": [[0.0, 0.0], [rto, loss], [mtpd, loss * 4], [mtpd * 4, loss * 20]],
                "people served": [[0.0, 0.0], [mtpd, float(self.random.randint(1, 200))]],
            },
        }

    def give_fallbacks(self, process: str, site: str, needs: list[Json]) -> None:
        """One or two of: an alternate site, telework, a transfer to a neighbour's team, working by hand."""
        region, neighbour = self.region(site), self.neighbour(site)
        people, place, system = needs[0], needs[1], needs[2]
        for way in self.random.sample(
            ("alternate_site", "telework", "transfer", "alternate_means"), self.pick(1, 1, 2)
        ):
            name = f"{process}-{way}"
            activation = self.pick(1.0, 2.0, 4.0, 8.0)
            if way in ("alternate_site", "telework"):
                pool = f"{region}-{'seats' if way == 'alternate_site' else 'licences'}"
                weight = float(self.random.randint(int(place["needs"]) // 2, int(place["needs"])))
                provider = self.local[neighbour]["floor"][0] if way == "alternate_site" else "X-identity"
                place["fallbacks"].append(_fallback(name, provider, weight, activation, None, way, pool))
                self.seats[pool] += weight
            elif way == "transfer":
                provider = self.random.choice(self.local[neighbour]["people"])
                people["fallbacks"].append(_fallback(name, provider, people["needs"] * 0.5, activation, 336.0, way))
            else:
                provider = people["supply"][0]["node"]
                system["fallbacks"].append(_fallback(name, provider, 0.75, activation, self.pick(48.0, 120.0), way))

    def circles(self, count: int) -> list[tuple[int, int]]:
        """For each of ``count`` nodes the first and last index of its circle; both its own where it is in none."""
        # Only processes and site applications stand in circles, so their share is that much higher.
        share = IN_CIRCLES / 0.63
        spans = [(number, number) for number in range(count)]
        number = 0
        while number < count:
            length = self.random.randint(2, 5)
            # Lengths average 3.5, so starting one with chance x puts 3.5 x / (1 + 2.5 x) of the nodes into circles.
            if self.random.random() < share / (3.5 - 2.5 * share) and number + length <= count:
                spans[number : number + length] = [(number, number + length - 1)] * length
                number += length
            else:
                number += 1
        return spans

    def ring(self, names: list[str], number: int, first: int, last: int) -> list[Json]:
        """The requirement that makes a circle: on the one before, and of the first on the last, which can wait."""
        if first == last:
            return []
        if number == first:
            return [_one(names[last], tolerance=CLOSING_TOLERANCE)]
        return [_one(names[number - 1], tolerance=self.pick(1.0, 4.0))]

    def headcount(self, teams: list[str], tolerance: float = 0.0) -> Json:
        heads = [(team, float(self.random.randint(3, 9))) for team in teams]
        return _requirement(heads, needs=sum(weight for _, weight in heads), tolerance=tolerance)

    def either(self, nodes: list[str]) -> Json:
        return _requirement([(node, 1.0) for node in nodes], needs=1.0)

    def supplier(self) -> str:
        return self.random.choice(self.shared["supplier"])

    def region(self, site: str) -> str:
        return self.regions[self.sites.index(site) % len(self.regions)]

    def neighbour(self, site: str) -> str:
        near = self.sites.index(site) + len(self.regions)
        return self.sites[near % len(self.sites)]

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)


def _requirement(supply: list[tuple[str, float]], needs: float, quorum: float = 0.0, tolerance: float = 0.0) -> Json:
    edges = [{"node": node, "weight": weight} for node, weight in supply]
    return {"needs": needs, "quorum": quorum, "tolerance": tolerance, "supply": edges, "fallbacks": []}


def _one(node: str, needs: float = 1.0, tolerance: float = 0.0) -> Json:
    return _requirement([(node, needs)], needs, tolerance=tolerance)


def _fallback(
    name: str,
    node: str,
    weight: float,
    activation: float,
    endurance: float | None,
    strategy: str,
    pool: str | None = None,
) -> Json:
    return {
        "id": name,
        "node": node,
        "weight": weight,
        "activation": activation,
        "endurance": endurance,
        "strategy": strategy,
        "pool": pool,
    }
