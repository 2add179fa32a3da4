"""Every error that a command can meet, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from cost_allocation.analysis.report import UnknownColumn
from cost_allocation.engine.allocate import NotConserved
from cost_allocation.engine.metric_values import MetricError
from cost_allocation.engine.split import MissingMetric
from cost_allocation.model import Allocation
from taggov.costs.options import Options
from taggov.costs.periods import PeriodError
from taggov.costs.reports.atomic import OutputError
from taggov.costs.rules.file import RulesFileError
from taggov.costs.sources.base import SourceError
from taggov.costs.study import OptionError, Study, open_study
from taggov.terminal import ExitCode, Watch, complain, refuse


@contextmanager
def explained() -> Iterator[None]:
    """Turn the errors of costs into one line each and exit code 2."""
    try:
        yield
    except RulesFileError as error:
        for problem in error.problems:
            complain(problem)
        raise typer.Exit(ExitCode.USAGE) from None
    except MissingMetric as error:
        refuse(f"{error}; give values with --metrics FILE, or under metrics in the rules")
    except NotConserved as error:
        refuse(f"defect of taggov, please report it; nothing was written: {error}")
    except (MetricError, OptionError, OutputError, PeriodError, SourceError, UnknownColumn) as error:
        refuse(str(error))


@contextmanager
def studied(options: Options) -> Iterator[Study]:
    """The study that options describe, with progress and prices on standard error."""
    with explained(), Watch() as watch:
        yield open_study(options, complain, watch)


def hold_rules(options: Options, *allocations: Allocation) -> None:
    """Leave with the code of a failed check when --strict is given and a rule did nothing."""
    dead = dict.fromkeys(line for allocation in allocations for line in allocation.dead_rules)
    if options.strict and dead:
        complain(f"--strict: {len(dead)} {'rule matches' if len(dead) == 1 else 'rules match'} nothing")
        raise typer.Exit(ExitCode.CHECK_FAILED)


def warn(warnings: tuple[str, ...]) -> None:
    """Print what a reader of the numbers has to know, beside them."""
    for warning in warnings:
        complain(f"warning: {warning}")
