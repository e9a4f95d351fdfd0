"""Small sets by constraint programming: the dispatched schedule is the solver's first answer, and its bound.

One worker, a fixed seed and a limit in the solver's own measure of work: the same answer on every machine.
"""

from __future__ import annotations

from ortools.sat.python import cp_model

from production.scheduling.shop import Problem, Schedule, Shop, Slot

LATE_WEIGHT = 10_000
"""A weighted minute late outweighs so many minutes of set-up."""
Variable = cp_model.IntVar


def _only_if(literal: Variable, constraint: cp_model.Constraint) -> None:
    constraint.only_enforce_if(literal)  # pyright: ignore[reportUnknownMemberType]


class _Model:
    """Positions are open minutes of the unit; the clock is theirs plus the pauses before them."""

    def __init__(self, shop: Shop, hint: Schedule) -> None:
        self.shop = shop
        self.problem: Problem = shop.problem
        self.hint = {slot.operation: slot for slot in hint.slots}
        self.model = cp_model.CpModel()
        latest = [axis.pieces[-1] for axes in shop.axes for axis in axes if axis.pieces]
        self.horizon = max((end + ahead for _, end, ahead in latest), default=0) + 1
        count = len(self.problem.operations)
        self.begin = [self._clock(f"begin{at}") for at in range(count)]
        self.end = [self._clock(f"end{at}") for at in range(count)]
        self.here: dict[tuple[int, int], Variable] = {}
        self.first: dict[tuple[int, int], Variable] = {}
        self.last: dict[tuple[int, int], Variable] = {}
        self.setup: list[Variable] = []
        for number in range(count):
            self._operation(number)
        for centre, axes in enumerate(shop.axes):
            for unit in range(len(axes)):
                self._sequence(centre, unit)
        self._objective()

    def _clock(self, name: str) -> Variable:
        return self.model.new_int_var(0, self.horizon, name)

    def _operation(self, number: int) -> None:
        one = self.problem.operations[number]
        centre = self.problem.work_centres[one.work_centre]
        frozen = self.shop.frozen.get(number)
        highest = max((*centre.setups.values(), centre.setup_default), default=0)
        hinted = self.hint[number]
        axis = self.shop.axes[hinted.work_centre][hinted.unit]
        had = axis.open_at(hinted.start) - axis.open_at(hinted.setup_start)
        setup = self.model.new_int_var(0, max(highest, had), f"setup{number}")
        self.setup.append(setup)
        self.model.add_hint(setup, had)
        for unit, axis in enumerate(self.shop.axes[one.work_centre]):
            here = self.model.new_bool_var(f"here{number}.{unit}")
            first = self.model.new_int_var(0, axis.length, f"first{number}.{unit}")
            last = self.model.new_int_var(0, axis.length, f"last{number}.{unit}")
            self.here[number, unit], self.first[number, unit], self.last[number, unit] = (
                here,
                first,
                last,
            )
            on_it = hinted.unit == unit
            self.model.add_hint(here, on_it)
            if on_it:
                self.model.add_hint(first, axis.open_at(hinted.setup_start))
                self.model.add_hint(last, axis.open_at(hinted.end))
            _only_if(here, self.model.add(last == first + setup + one.minutes))
            self._on_clock(axis.pieces, here, first, self.begin[number], ending=False)
            self._on_clock(axis.pieces, here, last, self.end[number], ending=True)
        units = range(centre.units)
        self.model.add_exactly_one(self.here[number, unit] for unit in units)
        self.model.add_hint(self.begin[number], hinted.setup_start)
        self.model.add_hint(self.end[number], hinted.end)
        if frozen is None:
            self.model.add(self.begin[number] >= one.release)
            for before in one.after:
                self.model.add(self.begin[number] >= self.end[before])
        else:
            self.model.add(self.here[number, frozen.unit] == 1)
            self.model.add(self.begin[number] == frozen.setup_start)
            self.model.add(self.end[number] == frozen.end)
            self.model.add(setup == had)

    def _on_clock(
        self,
        pieces: list[tuple[int, int, int]],
        here: Variable,
        position: Variable,
        clock: Variable,
        *,
        ending: bool,
    ) -> None:
        # Work may end on the minute a shift ends, but begins before it.
        within: list[Variable] = []
        for begin, end, ahead in pieces:
            one = self.model.new_bool_var("")
            lowest, highest = (begin + 1, end) if ending else (begin, end - 1)
            _only_if(one, self.model.add_linear_constraint(position, lowest, highest))
            _only_if(one, self.model.add(clock == position + ahead))
            within.append(one)
        self.model.add(sum(within) == here)

    def _sequence(self, centre: int, unit: int) -> None:
        numbers = [
            number
            for number, one in enumerate(self.problem.operations)
            if one.work_centre == centre
        ]
        rules = self.problem.work_centres[centre]
        initial = self.shop.initial_family(centre, unit)
        empty = self.model.new_bool_var("")
        arcs: list[tuple[int, int, Variable]] = [(0, 0, empty)]
        for place, number in enumerate(numbers, start=1):
            here = self.here[number, unit]
            absent = self.model.new_bool_var("")
            self.model.add(absent + here == 1)
            self.model.add_implication(here, empty.Not())
            arcs.append((place, place, absent))
            opening = self.model.new_bool_var("")
            arcs.extend([(0, place, opening), (place, 0, self.model.new_bool_var(""))])
            one = self.problem.operations[number]
            self._follows(opening, None, number, unit, rules.setup(initial, one.family))
            for other_place, other in enumerate(numbers, start=1):
                if other == number:
                    continue
                arc = self.model.new_bool_var("")
                arcs.append((other_place, place, arc))
                before = self.problem.operations[other].family
                self._follows(arc, other, number, unit, rules.setup(before, one.family))
        if numbers:
            self.model.add_circuit(arcs)

    def _follows(
        self, arc: Variable, before: int | None, number: int, unit: int, setup: int
    ) -> None:
        frozen = self.shop.frozen.get(number)
        missing = 0
        if frozen is None:
            _only_if(arc, self.model.add(self.setup[number] == setup))
        else:
            # Its own set-up is done in its slot; what another family before it adds must fit before.
            axis = self.shop.axes[frozen.work_centre][frozen.unit]
            missing = max(setup - axis.open_at(frozen.start) + axis.open_at(frozen.setup_start), 0)
        if before is not None:
            both_frozen = frozen is not None and before in self.shop.frozen
            _only_if(
                arc,
                self.model.add(
                    self.first[number, unit]
                    >= self.last[before, unit] + (0 if both_frozen else missing)
                ),
            )

    def _objective(self) -> None:
        terms: list[cp_model.LinearExpr | Variable] = []
        for number, one in enumerate(self.problem.operations):
            if not self.shop.followers[number] and one.weight > 0:
                late = self._clock(f"late{number}")
                self.model.add(late >= self.end[number] - one.due)
                hinted = max(self.hint[number].end - one.due, 0)
                self.model.add_hint(late, min(hinted, self.horizon))
                terms.append(late * (one.weight * LATE_WEIGHT))
        self.model.minimize(sum(terms) + sum(self.setup))

    def slots(self, solver: cp_model.CpSolver) -> dict[int, Slot]:
        """The solver's answer as slots."""
        found = dict(self.shop.frozen)
        for number, one in enumerate(self.problem.operations):
            if number in found:
                continue
            units = range(self.problem.work_centres[one.work_centre].units)
            unit = next(at for at in units if solver.boolean_value(self.here[number, at]))
            axis = self.shop.axes[one.work_centre][unit]
            begin = solver.value(self.first[number, unit])
            setup = solver.value(self.setup[number])
            found[number] = Slot(
                operation=number,
                work_centre=one.work_centre,
                unit=unit,
                setup_start=axis.clock_start(begin),
                start=axis.clock_start(begin + setup),
                end=axis.clock_end(begin + setup + one.minutes),
            )
        return found


def improve(problem: Problem, found: Schedule, *, effort: float) -> Schedule:
    """A schedule that costs less than the one that was found, or that one."""
    shop = Shop(problem)
    model = _Model(shop, found)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model.model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return found
    better = shop.result(model.slots(solver), "exact")
    return better if better.cost < found.cost else found
