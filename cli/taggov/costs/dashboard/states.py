"""Texts in place of the numbers: nothing yet, nothing there, or not possible. Each says what to do."""

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
from taggov.costs.dashboard.dataset import NoCosts
from taggov.costs.dashboard.labels import markdown
from taggov.costs.dashboard.uploads import without_folder
from taggov.costs.periods import PeriodError
from taggov.costs.reports.atomic import OutputError
from taggov.costs.rules.file import RulesFileError
from taggov.costs.sources.base import SourceError
from taggov.costs.study import OptionError


@contextmanager
def told(uploads: Path, *, asks_aws: bool) -> Iterator[None]:
    """Show every error that costs can meet, in one line each: the one place where they are caught.

    Args:
        uploads: the folder of uploaded files, which no message shall name.
        asks_aws: whether the costs come from AWS, so that credentials and permissions can be what is missing.
    """
    try:
        yield
    except NoCosts as error:
        empty("There are no costs to show", without_folder(uploads, str(error)), "Choose other files or dates.")
    except RulesFileError as error:
        problems = [without_folder(uploads, problem) for problem in error.problems]
        refused("The rules can not be used", problems, "Mend the file and upload it again, or remove it.")
    except MetricError as error:
        line = without_folder(uploads, str(error))
        refused("The metrics can not be used", [line], "Mend the file and upload it again, or remove it.")
    except MissingMetric as error:
        refused("The rules need a metric", [str(error)], "Upload a CSV with month, metric, team and value.")
    except NotConserved as error:
        refused("This is a defect of taggov", [str(error)], "Please report it. No number is shown, as it may be wrong.")
    except SourceError as error:
        if asks_aws:
            _not_answered(str(error))
        else:
            line = without_folder(uploads, str(error))
            refused("The files can not be used", [line], "Mend or remove the file. The sample data need no files.")
    except (MissingDimension, OptionError, OutputError, PeriodError, UnknownColumn) as error:
        refused("This can not be shown", [without_folder(uploads, str(error))], "Choose something else above.")


def empty(title: str, line: str, advice: str) -> None:
    """Nothing is wrong, and nothing is there."""
    with st.container(border=True):
        st.header(markdown(title), anchor=False)
        st.markdown(markdown(line))
        st.caption(advice)


def refused(title: str, lines: list[str], advice: str) -> None:
    """Something of the user's can not be used."""
    shown = "  \n".join(markdown(line) for line in lines)
    st.error(f"**{markdown(title)}**\n\n{shown}\n\n{advice}", icon=":material/error:")


def _not_answered(line: str) -> None:
    refused("AWS gave no costs", [line], "Nothing else is wrong: the sample data and files need no AWS account.")
    with st.expander("What Cost Explorer needs"):
        st.markdown(
            "1. Credentials: a profile above, or the environment that this dashboard was started in.\n"
            "2. The IAM action `ce:GetCostAndUsage`.\n"
            "3. Cost Explorer enabled in the payer account, and open to its members if you are one of them."
        )
