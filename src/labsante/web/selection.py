"""What an indicator's page shows, drawn from the cube: one selection for page, CSV, JSON, charts.

All four read the same :class:`Selection`, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from labsante.snds.territories import FRANCE
from labsante.web import formats
from labsante.web.compare import Comparison, compare, variance_between
from labsante.web.figures import (
    EXTREMES,
    Figure,
    Indicator,
    level_of,
    siblings,
    territories_of_level,
)
from labsante.web.state import View
from labsante.web.words import collation_key, short_unit, territory_name


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: a territory, its figure, where it stands against France."""

    territory: str
    name: str
    figure: Figure
    comparison: Comparison


@dataclass(frozen=True)
class Selection:
    """An indicator seen through a view."""

    indicator: Indicator
    view: View

    @cached_property
    def unit(self) -> str:
        """What follows a number."""
        return short_unit(self.indicator.text("unit", self.view.language))

    def value_text(self, figure: Figure) -> str:
        """``5,6 %``; empty where the figure is not shown."""
        if figure.value is None:
            return ""
        text = formats.number(figure.value, self.indicator.decimals, self.view.language)
        return formats.with_unit(text, self.unit, self.view.language)

    def interval_text(self, figure: Figure) -> str:
        """``5,5 à 5,7``; empty where the bounds were not published."""
        if figure.low is None or figure.high is None:
            return ""
        return formats.interval(
            figure.low, figure.high, self.indicator.decimals, self.view.language
        )

    def at(self, territory: str, period: str | None = None) -> Figure:
        """The figure of a territory under the view's sex, age and rate."""
        view = self.view
        return self.indicator.figure(
            period or view.period, territory, view.sex, view.age, standardised=view.standardised
        )

    @cached_property
    def france(self) -> Figure:
        """The reference."""
        return self.at(FRANCE)

    @cached_property
    def chosen(self) -> Figure:
        """The territory of the view."""
        return self.at(self.view.territory)

    @cached_property
    def level(self) -> dict[str, Figure]:
        """Every territory of the level, whether published or not."""
        return {code: self.at(code) for code in territories_of_level(self.view.level)}

    @cached_property
    def between(self) -> float:
        """The variance between the territories of the level, beyond chance."""
        return variance_between(self.level.values(), self.france)

    @cached_property
    def chosen_comparison(self) -> Comparison:
        """The chosen territory against France, with the variance of its own level."""
        own = level_of(self.view.territory)
        if own in (self.view.level, FRANCE):
            return compare(self.chosen, self.france, self.between)
        figures = [self.at(code) for code in territories_of_level(own)]
        return compare(self.chosen, self.france, variance_between(figures, self.france))

    def line(self, territory: str, figure: Figure) -> Line:
        """A line of the table."""
        compared = compare(figure, self.france, self.between)
        return Line(territory, territory_name(territory), figure, compared)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the level in the order of the view; hidden figures come last."""
        lines = [self.line(code, figure) for code, figure in self.level.items()]
        by_name = sorted(lines, key=lambda line: collation_key(line.name))
        if self.view.sort == "territoire":
            return tuple(by_name)

        def weight(line: Line) -> tuple[bool, float]:
            figure = line.figure
            number = figure.numerator if self.view.sort == "effectif" else figure.value
            return (number is None, -(number or 0.0))

        return tuple(sorted(by_name, key=weight))

    @cached_property
    def published(self) -> tuple[Line, ...]:
        """Lines with a value, highest first."""
        shown = [line for line in self.lines if line.figure.value is not None]
        return tuple(sorted(shown, key=lambda line: -(line.figure.value or 0.0)))

    @cached_property
    def neighbours(self) -> tuple[Line, ...]:
        """Territories side by side, highest first, hidden ones last.

        Of a long list of départements, the ten highest and the ten lowest.
        """
        codes = siblings(self.view.territory, self.view.level)
        lines = [self.line(code, self.level.get(code) or self.at(code)) for code in codes]
        lines.sort(key=lambda line: collation_key(line.name))
        lines.sort(key=lambda li: (li.figure.value is None, -(li.figure.value or 0.0)))
        if len(lines) <= 2 * EXTREMES:
            return tuple(lines)
        shown = [line for line in lines if line.figure.value is not None]
        return tuple(shown if len(shown) <= 2 * EXTREMES else shown[:EXTREMES] + shown[-EXTREMES:])

    def series(self, territory: str) -> Sequence[Figure]:
        """The figures of a territory over all periods."""
        return [self.at(territory, period) for period in self.indicator.periods]
