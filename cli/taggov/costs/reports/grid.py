"""Terminal tables that never break words or truncate amounts, at any width."""

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
"""Space between columns."""
_LONG = 24
"""Length above which a word is treated as an id or path, which may be wrapped after separators."""
_WORD_PARTS = re.compile(r"[^/_.,:-]*[/_.,:-]+|[^/_.,:-]+")

Line = Sequence[str]
"""A cell for each column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    amount: bool = False
    """True for amounts, which are right-aligned."""
    optional: bool = False
    """True if the column may be left out on narrow terminals."""


@dataclass(slots=True)
class Grid:
    """A table. On narrow terminals it drops optional columns, or prints one line for each value."""

    columns: Sequence[Column]
    title: str | None = None
    sections: list[tuple[list[Line], list[Line]]] = field(default_factory=list)
    """Rows and the totals below them."""

    def add(self, rows: Sequence[Line], totals: Sequence[Line] = ()) -> None:
        """Add rows and the totals below them. Control characters in cells are escaped."""
        self.sections.append((list(map(_printable_cells, rows)), list(map(_printable_cells, totals))))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the table in the available width."""
        if self.title:
            yield Text(printable(self.title), style="bold")
        every = list(range(len(self.columns)))
        needed = [index for index in every if not self.columns[index].optional]
        for chosen in (every, needed):
            least, natural = self._widths(chosen)
            room = options.max_width - _BETWEEN * (len(chosen) - 1)
            if sum(least) <= room:
                yield self._table(chosen, _distribute_room(least, natural, room))
                if chosen != every:
                    left_out = ", ".join(column.title for column in self.columns if column.optional)
                    yield Text(f"too narrow for {left_out}", style="italic")
                return
        yield from self._blocks()

    def _widths(self, chosen: Sequence[int]) -> tuple[list[int], list[int]]:
        """Compute the minimum and the natural widths of columns."""
        lines: list[Line] = [[column.title for column in self.columns]]
        lines += [line for rows, totals in self.sections for line in (*rows, *totals)]
        cells = [[line[index] for line in lines] for index in chosen]
        natural = [max(map(cell_len, column)) for column in cells]
        part_widths = [
            max((cell_len(part) for cell in column for word in cell.split() for part in _word_parts(word)), default=0)
            for column in cells
        ]
        amounts = [self.columns[index].amount for index in chosen]
        return [
            wide if amount else part for wide, part, amount in zip(natural, part_widths, amounts, strict=True)
        ], natural

    def _table(self, chosen: Sequence[int], widths: Sequence[int]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for index, width in zip(chosen, widths, strict=True):
            justify: JustifyMethod = "right" if self.columns[index].amount else "left"
            title = _wrap(printable(self.columns[index].title), width)
            table.add_column(title, justify=justify, width=width, vertical="top")
        for rows, totals in self.sections:
            for lines, style in ((rows, ""), (totals, "bold")):
                for line in lines:
                    cells = (_wrap(line[index], width) for index, width in zip(chosen, widths, strict=True))
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


def _printable_cells(line: Line) -> Line:
    return list(map(printable, line))


def _word_parts(word: str) -> list[str]:
    """Split a word into parts that are not wrapped."""
    return [word] if cell_len(word) <= _LONG else _WORD_PARTS.findall(word)


def _wrap(cell: str, width: int) -> Text:
    """Wrap the text of a cell."""
    lines = [""]
    for word in cell.split():
        for index, part in enumerate(_word_parts(word)):
            between = " " if lines[-1] and not index else ""
            if cell_len(lines[-1] + between + part) <= width:
                lines[-1] += between + part
            else:
                lines.append(part)
    return Text("\n".join(lines))


def _block(titles: Sequence[str], line: Line) -> Text:
    """Format a row as lines of `title: cell`."""
    return Text("".join(f"{title}: {cell}\n" for title, cell in zip(titles, line, strict=True) if cell))


def _distribute_room(least: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """Distribute free space to columns, one character at a time, to the column that lacks most."""
    widths = list(least)
    for _ in range(min(room, sum(natural)) - sum(widths)):
        index = max(range(len(widths)), key=lambda column: (natural[column] - widths[column], -column))
        widths[index] += 1
    return widths
