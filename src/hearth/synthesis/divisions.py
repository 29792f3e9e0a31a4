"""The county among its neighbours, its townships and villages."""

import random
from dataclasses import dataclass

from hearth.synthesis.names import GIVEN, SURNAMES

TOWNSHIPS = ("云岭镇", "白石镇", "青溪镇", "马鞍乡", "响水乡", "安和镇")
VILLAGES = ("红星", "新华", "前进", "大箐", "麻棚", "白塔", "吉木", "民胜", "双河", "开元", "普诗", "银厂")
COUNTIES = ("云岭", "石门", "龙泉", "白水", "青山", "马关", "永宁", "安化", "平坝", "清溪")


@dataclass(frozen=True, slots=True)
class Place:
    """A county's place among its neighbours: what keeps its codes and numbers apart from theirs."""

    number: int = 0

    @property
    def code(self) -> str:
        """The county's six digits."""
        return f"9901{21 + self.number:02d}"

    @property
    def name(self) -> str:
        """The county's name; no two have the same."""
        return COUNTIES[self.number % 10] + ("" if self.number < 10 else VILLAGES[self.number // 10 - 1]) + "县"

    @property
    def areas_elsewhere(self) -> tuple[str, ...]:
        """Other places of issue of its people's ID numbers, some of them long gone."""
        return (f"9902{self.number:02d}", f"9923{self.number:02d}", f"9904{self.number:02d}")

    def numbered(self, prefix: str, count: int, width: int) -> str:
        """A number of the county's own series."""
        return f"{prefix}{self.number * 10 ** (width - 3) + count:0{width}d}"


@dataclass(slots=True, eq=False)
class Village:
    """An administrative village; `merged_into` since its merger."""

    code: str
    name: str
    township: str
    township_code: str
    is_lifted: bool
    is_key: bool
    is_scarce: bool
    scheme: str
    merged_into: "Village | None" = None

    @property
    def now(self) -> "Village":
        """The village this one is part of today."""
        return self.merged_into.now if self.merged_into else self


def settled_villages(place: Place, households: int, rng: random.Random) -> list[Village]:
    """Villages of a county of this size, six townships or more."""
    wanted = max(18, households // (45 if households <= 20_000 else 300))
    per_township = max(3, min(40, wanted // 6))
    pool = list(VILLAGES) + [a + b for a in GIVEN[:20] for b in GIVEN[20:40]]
    villages: list[Village] = []
    for number in range(max(6, round(wanted / per_township))):
        township = TOWNSHIPS[number] if number < 6 else f"{SURNAMES[number % 80]}{GIVEN[number // 80]}乡"
        if place.number:  # two counties' townships have different names
            township = f"{place.name[:-1]}{township[:2]}{township[-1]}"
        township_code = f"{place.code}{101 + number:03d}"
        for order, name in enumerate(rng.sample(pool[: max(12, per_township + 4)], per_township)):
            villages.append(
                Village(
                    code=f"{township_code}{200 + order:03d}",
                    name=f"{name}村",
                    township=township,
                    township_code=township_code,
                    is_lifted=rng.random() < 0.4,
                    is_key=rng.random() < 0.25,
                    is_scarce=rng.random() < 0.25,
                    scheme=f"GS{place.code}{len(villages):04d}",
                )
            )
    return villages
