"""An integer program on yes-or-no choices with aims that follow one another strictly, solved exactly (HiGHS, zero gap).

It knows no panel: `composition` says what is chosen, what must hold and what is wanted. All numbers given are whole, so that an
aim that was reached can be kept exactly while the next is pursued.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Selection = tuple[bool, ...]
HALF = 0.5
NEARLY = 1e-9
SOLVED, INFEASIBLE = 0, 2


class Program:
    """Choices 0..n-1, rules on them, and the aims reached so far."""

    def __init__(self, choices: int) -> None:
        self._choices = choices
        self._upper: list[float] = [1.0] * choices
        self._lower: list[float] = [0.0] * choices
        self._whole: list[int] = [1] * choices
        self._rules: list[tuple[Mapping[int, int], float, float]] = []
        self._relaxed = True

    def fix(self, choice: int, value: int) -> None:
        """Take a choice in advance."""
        self._lower[choice] = self._upper[choice] = float(value)

    def count(self, choices: Iterable[int], least: int, most: int) -> None:
        """From `least` to `most` of these are chosen."""
        self._rules.append((dict.fromkeys(choices, 1), least, most))

    def group(self, choices: Sequence[int], least: int, most: int) -> int:
        """None of these, or from `least` to `most`; the choice of whether any is given back as one more choice."""
        used = self._variable(1, whole=True)
        members = dict.fromkeys(choices, 1)
        self._rules.append((members | {used: -least}, 0, float("inf")))
        self._rules.append((members | {used: -most}, float("-inf"), 0))
        return used

    def solve(self) -> Selection | None:
        """Any selection by the rules; None where there is none."""
        found = self._minimum({})
        return None if found is None else found[0]

    def least(self, costs: Sequence[int]) -> Selection:
        """A selection of least cost, which from now on costs no more. Raises ValueError where the rules allow none."""
        return self._reach({choice: cost for choice, cost in enumerate(costs) if cost})

    def even(self, shares: Sequence[Mapping[str, int]], unit: int, steps: int) -> Selection:
        """As few of the same kind as possible: the k-th `unit` of a kind costs 2k - 1, so that the sum of squares is least.

        `shares` say of every choice how many units of which kinds it is; after `steps` units of a kind, more are not told apart.
        """
        kinds: dict[str, dict[int, int]] = {}
        for choice, share in enumerate(shares):
            for kind, amount in share.items():
                kinds.setdefault(kind, {})[choice] = amount
        costs: dict[int, int] = {}
        for members in kinds.values():
            # The costs rise, so cheaper steps fill up before dearer ones, and need not be whole numbers in the program.
            rising = [self._variable(unit, whole=False) for _ in range(min(steps, len(members)))]
            self._rules.append((members | dict.fromkeys(rising, -1), 0, 0))
            costs |= {step: 2 * number + 1 for number, step in enumerate(rising)}
        return self._reach(costs)

    def _variable(self, most: int, *, whole: bool) -> int:
        self._lower.append(0.0)
        self._upper.append(float(most))
        self._whole.append(int(whole))
        return len(self._upper) - 1

    def _reach(self, costs: Mapping[int, int]) -> Selection:
        found = self._minimum(costs)
        if found is None:
            raise ValueError("the rules allow no selection")
        selection, cost = found
        # Costs of selections are whole numbers: half a unit keeps out every worse one, and no rounding can keep out this one.
        self._rules.append((costs, float("-inf"), round(cost) + HALF))
        return selection

    def _minimum(self, costs: Mapping[int, int]) -> tuple[Selection, float] | None:
        if not self._upper:
            return ((), 0.0) if all(least <= 0 <= most for _, least, most in self._rules) else None
        # scipy takes a second and 60 MB to load: only who composes a panel pays for it.
        import numpy
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        entries = [
            (row, column, value) for row, (terms, _, _) in enumerate(self._rules) for column, value in terms.items()
        ]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        objective = numpy.zeros(len(self._upper))
        for variable, cost in costs.items():
            objective[variable] = cost
        whole = numpy.array(self._whole)
        bounds = Bounds(numpy.array(self._lower), numpy.array(self._upper))
        constraints = LinearConstraint(
            coo_array((values, (rows, columns)), shape=(len(self._rules), len(self._upper))).tocsr(),
            [least for _, least, _ in self._rules],
            [most for _, _, most in self._rules],
        )
        # Without asking for whole numbers it takes a fifth of the time, and what comes out whole is the minimum all the same. Where
        # it once did not, later aims will not either.
        for integrality in (numpy.zeros_like(whole), whole) if self._relaxed else (whole,):
            solved = milp(
                objective,
                integrality=integrality,
                bounds=bounds,
                constraints=constraints,
                options={"mip_rel_gap": 0.0},
            )
            if solved.status != SOLVED or not numpy.any(abs(solved.x - solved.x.round())[whole == 1] > NEARLY):
                break
            self._relaxed = False
        if solved.status == INFEASIBLE:
            return None
        if solved.status != SOLVED:
            raise RuntimeError(f"the solver gave up: {solved.message}")
        return tuple(bool(value > HALF) for value in solved.x[: self._choices]), float(solved.fun)


__all__ = ["Program", "Selection"]
