"""Errors of cost commands as messages and exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from cost_allocation.analysis.report import UnknownColumn
from cost_allocation.engine.allocate import NotConserved
from cost_allocation.engine.metric_values import MetricError
from cost_allocation.engine.split import MissingMetric
from cost_allocation.model import Allocation
from taggov.costs.allocation_run import AllocationRun, OptionError, open_run
from taggov.costs.options import Options
from taggov.costs.periods import PeriodError
from taggov.costs.reports.atomic import OutputError
from taggov.costs.rules.file import RulesFileError
from taggov.costs.sources.base import SourceError
from taggov.terminal import ExitCode, ProgressBar, exit_with_error, print_notice


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Print expected errors as one line each, and exit with code 2."""
    try:
        yield
    except RulesFileError as error:
        for problem in error.problems:
            print_notice(problem)
        raise typer.Exit(ExitCode.USAGE) from None
    except MissingMetric as error:
        exit_with_error(f"{error}; give values with --metrics FILE, or under metrics in the rules")
    except NotConserved as error:
        exit_with_error(f"bug in taggov, please report it; nothing was written: {error}")
    except (MetricError, OptionError, OutputError, PeriodError, SourceError, UnknownColumn) as error:
        exit_with_error(str(error))


@contextmanager
def allocation_run(options: Options) -> Iterator[AllocationRun]:
    """Open the allocation run that options describe. Progress and prices go to standard error."""
    with exit_on_error(), ProgressBar() as watch:
        yield open_run(options, print_notice, watch)


def exit_on_dead_rules(options: Options, *allocations: Allocation) -> None:
    """Exit with the code of a failed check if --strict is given and a rule matches nothing."""
    dead = dict.fromkeys(line for allocation in allocations for line in allocation.dead_rules)
    if options.strict and dead:
        print_notice(f"--strict: {len(dead)} {'rule matches' if len(dead) == 1 else 'rules match'} nothing")
        raise typer.Exit(ExitCode.CHECK_FAILED)


def print_warnings(warnings: tuple[str, ...]) -> None:
    """Print warnings to standard error."""
    for warning in warnings:
        print_notice(f"warning: {warning}")
