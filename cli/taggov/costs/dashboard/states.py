"""Messages in place of numbers: no input, no costs, or an error. Each says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from cost_allocation.analysis.report import UnknownColumn
from cost_allocation.engine.allocate import NotConserved
from cost_allocation.engine.attribute import MissingDimension
from cost_allocation.engine.metric_values import MetricError
from cost_allocation.engine.split import MissingMetric
from taggov.costs.allocation_run import OptionError
from taggov.costs.dashboard.dataset import NoCosts
from taggov.costs.dashboard.labels import escape_markdown
from taggov.costs.dashboard.uploads import without_folder
from taggov.costs.periods import PeriodError
from taggov.costs.reports.atomic import OutputError
from taggov.costs.rules.file import RulesFileError
from taggov.costs.sources.base import SourceError


@contextmanager
def show_errors(uploads: Path, *, asks_aws: bool) -> Iterator[None]:
    """Show all expected errors as messages. This is the only place where they are caught.

    Args:
        uploads: folder of uploaded files, which is removed from messages.
        asks_aws: True if the costs come from AWS, so that credentials or permissions may be missing.
    """
    try:
        yield
    except NoCosts as error:
        show_empty("There are no costs to show", without_folder(uploads, str(error)), "Choose other files or dates.")
    except RulesFileError as error:
        problems = [without_folder(uploads, problem) for problem in error.problems]
        show_error("The rules cannot be used", problems, "Fix the file and upload it again, or remove it.")
    except MetricError as error:
        line = without_folder(uploads, str(error))
        show_error("The metrics cannot be used", [line], "Fix the file and upload it again, or remove it.")
    except MissingMetric as error:
        show_error("The rules need a metric", [str(error)], "Upload a CSV with month, metric, team and value.")
    except NotConserved as error:
        show_error(
            "This is a bug in taggov",
            [str(error)],
            "Please report it. No numbers are shown, because they may be wrong.",
        )
    except SourceError as error:
        if asks_aws:
            _show_aws_error(str(error))
        else:
            line = without_folder(uploads, str(error))
            show_error("The files cannot be used", [line], "Fix or remove the file. The sample data needs no files.")
    except (MissingDimension, OptionError, OutputError, PeriodError, UnknownColumn) as error:
        show_error("This cannot be shown", [without_folder(uploads, str(error))], "Choose something else above.")


def show_empty(title: str, line: str, advice: str) -> None:
    """Show that there is nothing to show."""
    with st.container(border=True):
        st.header(escape_markdown(title), anchor=False)
        st.markdown(escape_markdown(line))
        st.caption(advice)


def show_error(title: str, lines: list[str], advice: str) -> None:
    """Show an error about input of the user."""
    shown = "  \n".join(escape_markdown(line) for line in lines)
    st.error(f"**{escape_markdown(title)}**\n\n{shown}\n\n{advice}", icon=":material/error:")


def _show_aws_error(line: str) -> None:
    show_error("AWS returned no costs", [line], "The sample data and files work without an AWS account.")
    with st.expander("What Cost Explorer needs"):
        st.markdown(
            "1. Credentials: a profile above, or the environment of the dashboard process.\n"
            "2. The IAM action `ce:GetCostAndUsage`.\n"
            "3. Cost Explorer enabled in the payer account, and for member accounts if you use one."
        )
