"""Tables of the terminal: no word is ever broken and no amount cut, however narrow it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.table import Table
from rich.text import Text

from taggov.costs.render.labels import printable

_BETWEEN = 2
"""Room between two columns."""
_LONG = 24
"""Longer words are ids and paths rather than words: they may go on in another line after one of these signs."""
_PIECES = re.compile(r"[^/_.,:-]*[/_.,:-]+|[^/_.,:-]+")

Line = Sequence[str]
"""A cell for each column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    amount: bool = False
    """Amounts stand to the right, and below each other."""
    optional: bool = False
    """Left out where there is no room for it."""


@dataclass(slots=True)
class Grid:
    """A table; without its optional columns, or as a line for each value, where the terminal is too narrow for it."""

    columns: Sequence[Column]
    title: str | None = None
    sections: list[tuple[list[Line], list[Line]]] = field(default_factory=list)
    """Rows, and the totals below them."""

    def add(self, rows: Sequence[Line], totals: Sequence[Line] = ()) -> None:
        """Add rows with the totals below them. Nothing in a cell reaches the terminal raw."""
        self.sections.append((list(map(_printable, rows)), list(map(_printable, totals))))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as the terminal allows."""
        if self.title:
            yield Text(printable(self.title), style="bold")
        every = list(range(len(self.columns)))
        needed = [index for index in every if not self.columns[index].optional]
        for chosen in (every, needed):
            least, natural = self._widths(chosen)
            room = options.max_width - _BETWEEN * (len(chosen) - 1)
            if sum(least) <= room:
                yield self._table(chosen, _grown(least, natural, room))
                if chosen != every:
                    left_out = ", ".join(column.title for column in self.columns if column.optional)
                    yield Text(f"too narrow for {left_out}", style="italic")
                return
        yield from self._blocks()

    def _widths(self, chosen: Sequence[int]) -> tuple[list[int], list[int]]:
        """Measure the least width of columns, and the width that they would like to have."""
        lines: list[Line] = [[column.title for column in self.columns]]
        lines += [line for rows, totals in self.sections for line in (*rows, *totals)]
        cells = [[line[index] for line in lines] for index in chosen]
        natural = [max(map(cell_len, column)) for column in cells]
        pieces = [
            max((cell_len(piece) for cell in column for word in cell.split() for piece in _pieces(word)), default=0)
            for column in cells
        ]
        amounts = [self.columns[index].amount for index in chosen]
        return [
            wide if amount else piece for wide, piece, amount in zip(natural, pieces, amounts, strict=True)
        ], natural

    def _table(self, chosen: Sequence[int], widths: Sequence[int]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for index, width in zip(chosen, widths, strict=True):
            justify: JustifyMethod = "right" if self.columns[index].amount else "left"
            title = _wrapped(printable(self.columns[index].title), width)
            table.add_column(title, justify=justify, width=width, vertical="top")
        for rows, totals in self.sections:
            for lines, style in ((rows, ""), (totals, "bold")):
                for line in lines:
                    cells = (_wrapped(line[index], width) for index, width in zip(chosen, widths, strict=True))
                    table.add_row(*cells, style=style)
            table.add_section()
        return table

    def _blocks(self) -> Iterator[Text]:
        titles = [printable(column.title) for column in self.columns]
        for rows, totals in self.sections:
            for line in rows:
                yield _block(titles, line)
            for line in totals:
                yield Text(line[0], style="bold")
                yield _block(titles[1:], line[1:])


def _printable(line: Line) -> Line:
    return list(map(printable, line))


def _pieces(word: str) -> list[str]:
    """Split a word into the parts that stay together."""
    return [word] if cell_len(word) <= _LONG else _PIECES.findall(word)


def _wrapped(cell: str, width: int) -> Text:
    """Break a cell into lines between words."""
    lines = [""]
    for word in cell.split():
        for index, piece in enumerate(_pieces(word)):
            between = " " if lines[-1] and not index else ""
            if cell_len(lines[-1] + between + piece) <= width:
                lines[-1] += between + piece
            else:
                lines.append(piece)
    return Text("\n".join(lines))


def _block(titles: Sequence[str], line: Line) -> Text:
    """Write a line as `title: cell`, one below the other."""
    return Text("".join(f"{title}: {cell}\n" for title, cell in zip(titles, line, strict=True) if cell))


def _grown(least: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """Share the room among the columns that would like more, a character at a time, the one that lacks most first."""
    widths = list(least)
    for _ in range(min(room, sum(natural)) - sum(widths)):
        index = max(range(len(widths)), key=lambda column: (natural[column] - widths[column], -column))
        widths[index] += 1
    return widths
