"""Input of a command: a source, rules, metrics and a period."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from cost_allocation import query
from cost_allocation.analysis.dead_rules import dead_rules
from cost_allocation.analysis.report import COLUMNS, allocation_query, kept_dimensions
from cost_allocation.engine.allocate import allocate
from cost_allocation.engine.metric_values import FIELDS, MetricError, MetricValue, by_team, read_metric_values
from cost_allocation.model import Allocation, CostRow, CostTable
from cost_allocation.query import CostQuery, Filter, Granularity
from cost_allocation.rules.model import Rules
from cost_allocation.rules.service_names import with_service_names
from taggov.costs.no_costs import no_costs
from taggov.costs.options import Options
from taggov.costs.periods import Period, period
from taggov.costs.sources.base import Announce, Progress, RowSource, Source, about_tag, without_value
from taggov.costs.sources.open import open_athena, open_cost_explorer, open_focus

RULES_FILE = Path("allocation_rules.yaml")


class OptionError(Exception):
    """An option has an invalid value. The message is one line that names the option, the value and what is allowed."""


@dataclass(frozen=True, slots=True)
class AllocationRun:
    """Everything needed to query and allocate costs."""

    source: Source
    rules: Rules
    rules_name: str
    """Display name of the rules."""
    metrics: Sequence[MetricValue]
    input_files: tuple[Path, ...]
    """Files that are read besides those of the source."""
    period: Period
    metric: str
    filters: tuple[Filter, ...]
    currency: str | None
    strict_tags: bool
    """True if a requested tag without any value is an error. In Cost Explorer, the key may just not be activated."""

    def table(self, dimensions: Sequence[str], granularity: Granularity = Granularity.MONTH) -> CostTable:
        """Query costs by dimensions, without rules."""
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
        table = self._fetch(asked, dimensions)
        return table if self.currency is None else replace(table, rows=self._rows_in_currency(table, self.currency))

    def check_output(self, path: Path) -> None:
        """Check that an output file does not overwrite an input file.

        Raises:
            OptionError: the file is an input: rules, metrics or costs.
        """
        read = isinstance(self.source, RowSource) and self.source.reads(path)
        if read or path.resolve() in (one.resolve() for one in self.input_files):
            raise OptionError(f"{path} is an input of this command and would be overwritten: choose another file")

    def query(self, columns: Sequence[str], extra: Sequence[str] = (), rules: Sequence[Rules] = ()) -> CostQuery:
        """Build the query with everything that the columns and the rules need.

        Args:
            columns: columns of the report.
            extra: further dimensions.
            rules: defaults to the rules of the run.
        """
        period = self.period
        queries = [
            allocation_query(one, columns, self.metric, period.start, period.end, extra)
            for one in rules or (self.rules,)
        ]
        # Daily costs are needed if any rules change within a month, and serve the others too.
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
        """Query costs and allocate them by the rules of the run, or by each of the given rules.

        Args:
            columns: columns of reports.
            extra: see `query`.
            rules: see `query`.
            keep: further dimensions to keep in allocated rows.
        """
        every = rules or (self.rules,)
        asked = self.query(columns, (*extra, *keep), rules)
        named = [name for name in columns if name not in COLUMNS]
        # Rules with and without `ignore_key_case` need different tables.
        exactness = dict.fromkeys(not one.ignore_key_case for one in every)
        tables = {exact: self._fetch(replace(asked, exact_keys=exact), named) for exact in exactness}
        if not rules and self.rules == Rules():
            hint = f"{self.rules_name}: every cost is unknown; write {RULES_FILE}, or name a file with --rules"
            tables = {
                exact: replace(one, warnings=(*one.warnings, hint)) if one.rows else one
                for exact, one in tables.items()
            }
        values = by_team(self.metrics)
        return tuple(
            self._with_dead_rules(
                allocate(tables[not one.ignore_key_case], one, (*kept_dimensions(one, columns), *keep), values), one
            )
            for one in every
        )

    def _with_dead_rules(self, allocation: Allocation, rules: Rules) -> Allocation:
        """Select the requested currency, and add a warning for each rule that matches nothing."""
        if self.currency is not None:
            allocation = self._in_currency(allocation, self.currency)
        # In selected costs a rule may match nothing without being wrong.
        dead = dead_rules(allocation, rules, chosen=bool(self.filters) or self.currency is not None)
        keys = {*rules.project_tags, *rules.team_tags} - rules.assumed_tags
        absent = [one for one in allocation.table.warnings if any(about_tag(key) in one for key in keys)]
        return replace(allocation, warnings=(*allocation.warnings, *dead), dead_rules=(*absent, *dead))

    def _fetch(self, asked: CostQuery, named: Sequence[str]) -> CostTable:
        """Run a query. Raise an error if a requested tag does not exist."""
        table = self.source.fetch(asked)
        for dimension in named:
            key, at = query.tag_key(dimension), table.position(dimension)
            if key is None or at is None or not self.strict_tags or not table.rows:
                continue
            if all(row.values[at] is None for row in table.rows):
                warning = next(
                    (one for one in table.warnings if about_tag(key) in one), f"no cost has the {about_tag(key)}"
                )
                if warning != without_value(key):
                    raise OptionError(warning)
        assumed = [about_tag(key) for key in self.rules.assumed_tags if query.tag(key) not in named]
        warnings = [one for one in table.warnings if not any(tag in one for tag in assumed)]
        if not table.rows:
            warnings.append(no_costs(self.source, asked, self.period))
        return replace(table, warnings=tuple(warnings))

    def _rows_in_currency(self, table: CostTable, currency: str) -> list[CostRow]:
        self._check_currency(table, currency)
        return [row for row in table.rows if row.currency == currency]

    def _check_currency(self, table: CostTable, currency: str) -> None:
        known = sorted({row.currency for row in table.rows})
        if known and currency not in known:
            raise OptionError(f'--currency "{currency}" has no costs; the currencies are {", ".join(known)}')

    def _in_currency(self, allocation: Allocation, currency: str) -> Allocation:
        """Select a currency. This comes after allocation, because splits may depend on costs in other currencies."""
        self._check_currency(allocation.table, currency)
        return allocation.part(
            places=[place for place, row in enumerate(allocation.table.rows) if row.currency == currency],
            rows=[row for row in allocation.rows if row.cell.currency == currency],
            transfers=[one for one in allocation.transfers if one.cell.currency == currency],
            totals={name: total for name, total in allocation.totals.items() if name == currency},
        )


def open_run(options: Options, announce: Announce, progress: Progress) -> AllocationRun:
    """Open everything that the options name. All options are checked before the first request to AWS.

    Raises:
        OptionError, PeriodError, RulesFileError, MetricError, SourceError: one line each.
    """
    today = datetime.now(UTC).date()
    files = bool(options.focus) or options.sample
    if sum((bool(options.focus), options.sample, options.athena is not None)) > 1:
        raise OptionError("--focus, --sample and --athena exclude each other: choose one source")
    chosen = period(options.month, options.start, options.end, today, open_ended=files)
    filters = tuple(_filter(text) for text in options.where or ())
    rules, rules_name = open_rules(options)
    metrics = _metrics(options)
    source = _source(options, today, announce, progress)
    return AllocationRun(
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
    """Read the rules and return their display name. They come from a file, the sample, or this folder, or are empty."""
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
    """Read a metric file; `name` is its name in error messages.

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
    raise OptionError(f'unknown metric "{given}"; {source.name} has {", ".join(source.metrics)}')


def _filter(text: str) -> Filter:
    dimension, equals, value = text.partition("=")
    exclude = dimension.endswith("!")
    dimension = dimension.removesuffix("!")
    if not equals or (dimension not in query.FIELDS and not query.tag_key(dimension)):
        raise OptionError(
            f'--where "{text}" must be DIMENSION=VALUE or DIMENSION!=VALUE, with {", ".join(query.FIELDS)} or tag:KEY'
        )
    return Filter(dimension, with_service_names(dimension, (value,)) if value else (None,), exclude)


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
    """Parse the amount of an option, which must not be negative.

    Args:
        what: end of the error message: `in USD, such as 0.50`.

    Raises:
        OptionError: it is not such an amount.
    """
    try:
        found = Decimal(given)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise OptionError(f'{option} "{given}" must be an amount {what}')
    return found
