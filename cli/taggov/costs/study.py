"""The input of a command: a source, rules, metrics and a period, opened once and asked as little as possible."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from itertools import compress
from pathlib import Path

from cost_allocation import query
from cost_allocation.analysis.dead_rules import dead_rules
from cost_allocation.analysis.report import COLUMNS, allocation_query, kept_dimensions
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.metric_values import FIELDS, MetricError, MetricValue, by_team, read_metric_values
from cost_allocation.model import Allocation, CostRow, CostTable
from cost_allocation.query import CostQuery, Filter, Granularity
from cost_allocation.rules.model import Rules
from cost_allocation.rules.service_names import spelled_out
from taggov.costs.no_costs import no_costs
from taggov.costs.options import Options
from taggov.costs.periods import Period, period
from taggov.costs.sources.base import Announce, Progress, RowSource, Source, about_tag, without_value
from taggov.costs.sources.open import open_athena, open_cost_explorer, open_focus

RULES_FILE = Path("allocation_rules.yaml")


class OptionError(Exception):
    """An option can not be used. One line that names it, what it was given and what is allowed."""


@dataclass(frozen=True, slots=True)
class Study:
    """A question about costs, ready to be asked."""

    source: Source
    rules: Rules
    rules_name: str
    """The source of the rules, for people."""
    metrics: Sequence[MetricValue]
    inputs: tuple[Path, ...]
    """Files besides those of the source."""
    period: Period
    metric: str
    filters: tuple[Filter, ...]
    currency: str | None
    strict_tags: bool
    """True where a tag key without any value is a mistake: Cost Explorer can not tell it from one not activated."""

    def table(self, dimensions: Sequence[str], granularity: Granularity = Granularity.MONTH) -> CostTable:
        """Costs by dimensions, without rules."""
        for dimension in dimensions:
            if dimension not in query.FIELDS and not query.tag_key(dimension):
                raise OptionError(f'unknown dimension "{dimension}"; allowed are {", ".join(query.FIELDS)} and tag:KEY')
        asked = CostQuery(
            self.metric,
            self.period.start,
            self.period.end,
            granularity,
            tuple(dict.fromkeys(dimensions)),
            self.filters,
            not self.rules.ignore_key_case,
            (self.rules.owner_tags,),
        )
        table = self._asked(asked, dimensions)
        return table if self.currency is None else replace(table, rows=self._of_currency(table, self.currency))

    def check_output(self, path: Path) -> None:
        """Say no to a file that would take the place of what it is made of.

        Raises:
            OptionError: it is the rules, the metrics, or one of the files that costs are read from.
        """
        read = isinstance(self.source, RowSource) and self.source.reads(path)
        if read or path.resolve() in (one.resolve() for one in self.inputs):
            raise OptionError(f"{path} is read by this command, and would be overwritten: name another file")

    def query(self, columns: Sequence[str], extra: Sequence[str] = (), rules: Sequence[Rules] = ()) -> CostQuery:
        """Return what the source is asked for: all that the columns and each of the rules look at.

        Args:
            columns: of a report that shall be made of it.
            extra: dimensions that are needed besides.
            rules: those of the study when left out.
        """
        period = self.period
        queries = [
            allocation_query(one, columns, self.metric, period.start, period.end, extra)
            for one in rules or (self.rules,)
        ]
        # Days are finer: they serve rules that change within a month, and those that do not.
        days = any(one.granularity is Granularity.DAY for one in queries)
        return CostQuery(
            self.metric,
            period.start,
            period.end,
            Granularity.DAY if days else Granularity.MONTH,
            tuple(dict.fromkeys(dimension for one in queries for dimension in one.dimensions)),
            self.filters,
            all(one.exact_keys for one in queries),
            tuple(dict.fromkeys(keys for one in queries for keys in one.owner_keys)),
        )

    def allocation(
        self,
        columns: Sequence[str],
        extra: Sequence[str] = (),
        rules: Sequence[Rules] = (),
        keep: Sequence[str] = (),
    ) -> tuple[Allocation, ...]:
        """The costs of such a query, allocated by the rules of the study, or by each of those that are given.

        Args:
            columns: of reports.
            extra: see `query`.
            rules: see `query`.
            keep: dimensions that rows are told apart by besides those of the columns.
        """
        every = rules or (self.rules,)
        asked = self.query(columns, (*extra, *keep), rules)
        named = [name for name in columns if name not in COLUMNS]
        # Rules that read tag keys differently see different costs.
        exactness = dict.fromkeys(not one.ignore_key_case for one in every)
        tables = {exact: self._asked(replace(asked, exact_keys=exact), named) for exact in exactness}
        if not rules and self.rules == Rules():
            hint = f"{self.rules_name}: every cost is unknown; write {RULES_FILE}, or name a file with --rules"
            tables = {
                exact: replace(one, warnings=(*one.warnings, hint)) if one.rows else one
                for exact, one in tables.items()
            }
        values = by_team(self.metrics)
        return tuple(
            self._reviewed(
                allocate(tables[not one.ignore_key_case], one, (*kept_dimensions(one, columns), *keep), values), one
            )
            for one in every
        )

    def _reviewed(self, allocation: Allocation, rules: Rules) -> Allocation:
        """The same in the currency that was asked for, with a warning for each rule that did nothing."""
        if self.currency is not None:
            allocation = self._in_currency(allocation, self.currency)
        # Among costs that somebody chose, that a rule matches nothing says nothing about the rule.
        dead = dead_rules(allocation, rules, chosen=bool(self.filters) or self.currency is not None)
        keys = {*rules.project_tags, *rules.team_tags} - rules.assumed_tags
        absent = [one for one in allocation.table.warnings if any(about_tag(key) in one for key in keys)]
        return replace(allocation, warnings=(*allocation.warnings, *dead), dead_rules=(*absent, *dead))

    def _asked(self, asked: CostQuery, named: Sequence[str]) -> CostTable:
        """The answer in all currencies, unless somebody named a tag that there is not."""
        table = self.source.fetch(asked)
        for dimension in named:
            key, at = query.tag_key(dimension), table.position(dimension)
            if key is None or at is None or not self.strict_tags or not table.rows:
                continue
            if all(row.values[at] is None for row in table.rows):
                said = next(
                    (one for one in table.warnings if about_tag(key) in one), f"no cost has the {about_tag(key)}"
                )
                if said != without_value(key):
                    raise OptionError(said)
        assumed = [about_tag(key) for key in self.rules.assumed_tags if query.tag(key) not in named]
        warnings = [one for one in table.warnings if not any(tag in one for tag in assumed)]
        if not table.rows:
            warnings.append(no_costs(self.source, asked, self.period))
        return replace(table, warnings=tuple(warnings))

    def _of_currency(self, table: CostTable, currency: str) -> list[CostRow]:
        known = sorted({row.currency for row in table.rows})
        if known and currency not in known:
            raise OptionError(f'--currency "{currency}" does not occur; the costs are in {", ".join(known)}')
        return [row for row in table.rows if row.currency == currency]

    def _in_currency(self, allocation: Allocation, currency: str) -> Allocation:
        """Choose a currency after all are allocated: the others may be what a split of this one goes by."""
        table = replace(allocation.table, rows=self._of_currency(allocation.table, currency))
        mine = [row.currency == currency for row in allocation.table.rows]
        return replace(
            allocation,
            rows=[row for row in allocation.rows if row.cell.currency == currency],
            transfers=[one for one in allocation.transfers if one.cell.currency == currency],
            attributions=list(compress(allocation.attributions, mine)),
            table=table,
            totals={name: total for name, total in allocation.totals.items() if name == currency},
            cells=list(compress(allocation.cells, mine)),
        )


def open_study(options: Options, announce: Announce, progress: Progress) -> Study:
    """Everything that the options name, checked before AWS is asked for anything.

    Raises:
        OptionError, PeriodError, RulesFileError, MetricError, SourceError: one line each.
    """
    today = datetime.now(UTC).date()
    files = bool(options.focus) or options.sample
    if sum((bool(options.focus), options.sample, options.athena is not None)) > 1:
        raise OptionError("--focus, --sample and --athena exclude each other; costs come from one source")
    chosen = period(options.month, options.start, options.end, today, open_ended=files)
    filters = tuple(_filter(text) for text in options.where or ())
    rules, rules_name = open_rules(options)
    metrics = _metrics(options)
    source = _source(options, today, announce, progress)
    return Study(
        source,
        rules,
        rules_name,
        metrics,
        tuple(path for path in (options.rules, options.metrics) if path),
        chosen,
        _metric(options.metric, source),
        filters,
        options.currency,
        strict_tags=files,
    )


def open_rules(options: Options) -> tuple[Rules, str]:
    """The rules that the options name, and where they came from: a file, the sample, this folder, or nowhere."""
    if options.rules is None and not options.sample and not RULES_FILE.is_file():
        return Rules(), "no rules"
    from taggov.costs.rules.file import read_rules_file, read_rules_text

    if options.rules is None and options.sample:
        from taggov.costs.sample.documents import rules_yaml

        return read_rules_text(rules_yaml(), "the rules of the sample"), "the rules of the sample"
    path = options.rules or RULES_FILE
    return read_rules_file(path), path.name


def _metrics(options: Options) -> list[MetricValue]:
    if options.metrics is None and options.sample:
        from taggov.costs.sample.documents import metrics_csv

        return read_metrics(metrics_csv(), "the metrics of the sample")
    if options.metrics is None:
        return []
    try:
        text = options.metrics.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MetricError(f"{options.metrics}: not UTF-8") from None
    except (OSError, ValueError) as error:
        raise MetricError(f"{options.metrics}: {getattr(error, 'strerror', None) or error}") from None
    return read_metrics(text, str(options.metrics))


def read_metrics(text: str, name: str) -> list[MetricValue]:
    """The values of a metric file; `name` is what complaints call it.

    Raises:
        MetricError: see `read_metric_values`.
    """
    lines = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if missing := [field for field in FIELDS if field not in (lines.fieldnames or ())]:
            raise MetricError(f"no column {', '.join(missing)}; the first line must be {','.join(FIELDS)}")
        return read_metric_values((lines.line_num, fields) for fields in lines)
    except (MetricError, csv.Error) as error:
        raise MetricError(f"{name}: {error}") from None


def _metric(given: str | None, source: Source) -> str:
    if given is None:
        return source.metrics[0]
    for name in source.metrics:
        if name.casefold() == given.casefold():
            return name
    raise OptionError(f'unknown metric "{given}"; {source.name} knows {", ".join(source.metrics)}')


def _filter(text: str) -> Filter:
    dimension, equals, value = text.partition("=")
    exclude = dimension.endswith("!")
    dimension = dimension.removesuffix("!")
    if not equals or (dimension not in query.FIELDS and not query.tag_key(dimension)):
        raise OptionError(
            f'--where "{text}" must be DIMENSION=VALUE or DIMENSION!=VALUE, with {", ".join(query.FIELDS)} or tag:KEY'
        )
    return Filter(dimension, spelled_out(dimension, (value,)) if value else (None,), exclude)


def _source(options: Options, today: date, announce: Announce, progress: Progress) -> Source:
    limit = None if options.max_cost is None else amount("--max-cost", options.max_cost, "in USD, such as 0.50")
    if options.sample:
        from taggov.costs.sample.builtin import SampleFiles, sample_file

        return SampleFiles([str(sample_file())], progress=progress)
    if options.focus:
        return open_focus(options.focus, options.profile, progress)
    if options.athena is not None:
        return open_athena(
            options.athena, options.athena_workgroup, options.athena_output, options.profile, announce, progress
        )
    return open_cost_explorer(
        profile=options.profile,
        today=today,
        announce=announce,
        progress=progress,
        max_cost=limit,
        cache=options.cache,
        refresh=options.refresh,
    )


def amount(option: str, given: str, what: str) -> Decimal:
    """The amount that an option was given, not negative.

    Args:
        what: ends the complaint: `in USD, such as 0.50`.

    Raises:
        OptionError: it is none.
    """
    try:
        found = Decimal(given)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise OptionError(f'{option} "{given}" must be an amount {what}')
    return found
