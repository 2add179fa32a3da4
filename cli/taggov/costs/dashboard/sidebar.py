"""Sidebar: choice of costs, rules and metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from taggov.costs.allocation_run import open_rules
from taggov.costs.dashboard.dataset import CostExplorerRequest, Dataset, ask_cost_explorer, least_price
from taggov.costs.dashboard.labels import escape_markdown
from taggov.costs.dashboard.launch import LaunchArguments
from taggov.costs.dashboard.states import show_empty
from taggov.costs.dashboard.uploads import save_upload, without_folder
from taggov.costs.dashboard.view import cached_dataset
from taggov.costs.options import Options
from taggov.costs.periods import last_full_month
from taggov.costs.sources.cost_explorer.limits import DAILY_MONTHS, METRICS
from taggov.costs.sources.months import months_before, next_month

_PAID_DATASET = "asked"
_USUAL_MONTHS = 6
_USUAL_MOST = 1.0


class Origin(StrEnum):
    """Kinds of source."""

    GIVEN = "Files of the command line"
    SAMPLE = "Sample data"
    UPLOADS = "My FOCUS files"
    COST_EXPLORER = "AWS Cost Explorer"


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice in the sidebar. `open` returns None while there is nothing to open, and may raise any error of costs."""

    origin: Origin
    open: Callable[[], Dataset | None]

    def name(self, dataset: Dataset) -> str:
        """Return the display name of the source."""
        if self.origin is Origin.SAMPLE:
            return "the sample of a fictional company"
        return without_folder(uploads_folder(), dataset.run.source.name)


@st.cache_resource(scope="session", on_release=TemporaryDirectory.cleanup, show_spinner=False)
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="taggov-")


def uploads_folder() -> Path:
    """Return the folder of this session. It is private, and deleted when the session ends."""
    return Path(_folder().name)


def draw_sidebar(given: LaunchArguments) -> Choice:
    """Draw the sidebar."""
    origins = [origin for origin in Origin if given.paths or origin is not Origin.GIVEN]
    with st.sidebar:
        st.header("Data")
        origin = st.radio("Costs from", origins, key="origin")
        paths: list[str] = []
        if origin is Origin.UPLOADS:
            paths = _upload_files(
                "FOCUS files", ["csv", "parquet", "gz"], "CSV or Parquet, FOCUS 1.0 to 1.4, any cloud"
            )
        below = st.container()
        st.header("Rules")
        rules = _upload_file("Allocation rules", ["yaml", "yml"], "allocation_rules.yaml")
        metrics = _upload_file("Business metrics", ["csv"], "A CSV with month, metric, team and value.")
        st.caption("Nothing leaves this machine. Uploads are deleted when this page is closed.")
    uploaded = Options(rules=rules, metrics=metrics)
    # Files of the command line apply to the costs of the user, not to the sample, which has its own.
    own = Options(rules=rules or given.rules, metrics=metrics or given.metrics)
    match origin:
        case Origin.SAMPLE:
            return Choice(origin, lambda: _dataset_from_files(replace(uploaded, sample=True)))
        case Origin.GIVEN:
            return Choice(origin, lambda: _dataset_from_files(replace(own, focus=list(given.paths))))
        case Origin.UPLOADS:
            return Choice(
                origin, lambda: _dataset_from_files(replace(own, focus=paths)) if paths else _show_no_upload()
            )
        case Origin.COST_EXPLORER:
            return Choice(origin, lambda: _cost_explorer(own, below))


def _dataset_from_files(options: Options) -> Dataset:
    """Open files. They are read again if a file or an option changes."""
    return cached_dataset(_key("", options), options)


def _key(of: str, options: Options) -> str:
    stamps = [_stamp(path) for path in (*(options.focus or ()), options.rules, options.metrics) if path is not None]
    return sha256(repr((of, options, stamps)).encode()).hexdigest()


def _stamp(path: str | Path) -> tuple[int, int] | None:
    """Return modification time and size of a file; None for folders, patterns and objects."""
    file = Path(path)
    if not file.is_file():
        return None
    state = file.stat()
    return state.st_mtime_ns, state.st_size


def _show_no_upload() -> None:
    show_empty("No file yet", "Upload one or more FOCUS files in the sidebar.", "They stay on this machine.")


def _upload_files(label: str, endings: list[str], advice: str) -> list[str]:
    files = st.file_uploader(label, endings, accept_multiple_files=True, help=advice)
    return [str(save_upload(uploads_folder(), file)) for file in files]


def _upload_file(label: str, endings: list[str], advice: str) -> Path | None:
    file = st.file_uploader(label, endings, help=f"Optional. {advice}")
    return save_upload(uploads_folder(), file) if file else None


def _cost_explorer(own: Options, place: DeltaGenerator) -> Dataset | None:
    """Draw the query to Cost Explorer with its price, and return the paid answer."""
    rules, rules_name = open_rules(own)
    with place:
        request = _draw_request()
        price = least_price(rules)
        st.markdown(
            f"At least **{price} USD**: AWS takes 0.01 USD for each page of an answer. "
            f"The query stops before it exceeds **{request.most} USD**."
        )
        pressed = st.button("Query and pay", type="primary", disabled=request.most < price)
    if pressed:
        with st.status("Querying Cost Explorer") as status:
            st.session_state[_PAID_DATASET] = ask_cost_explorer(
                uuid4().hex,
                request,
                own,
                lambda line: st.write(escape_markdown(line)),
                lambda done, total, what: status.update(label=f"{what}: {done} of {total or 'unknown'} requests"),
            )
    asked: Dataset | None = st.session_state.get(_PAID_DATASET)
    if asked is None:
        show_empty(
            "Cost Explorer has not been queried yet",
            "Choose the months in the sidebar. The price is shown there before the query is sent.",
            "All pages use the same answer, so browsing costs nothing more.",
        )
        return None
    # Rules may change after the query, as long as they need no other dimensions.
    run = replace(asked.run, rules=rules, rules_name=rules_name)
    return replace(asked, key=_key(asked.key, own), run=run)


def _draw_request() -> CostExplorerRequest:
    today = datetime.now(UTC).date()
    this_month = today.replace(day=1)
    months = [months_before(today, back) for back in range(DAILY_MONTHS)]
    newest = last_full_month(today).start or this_month
    profile = st.text_input("AWS profile", placeholder="from the environment", key="profile").strip()
    first = st.selectbox("First month", months, _USUAL_MONTHS, format_func=_month, key="first")
    last = st.selectbox("Last month", months, months.index(newest), format_func=_month, key="last")
    metric = st.selectbox("Metric of Cost Explorer", METRICS, key="asked_metric")
    days = st.toggle("By day", help="More pages, so a higher price.", key="days")
    most = st.number_input("Price limit in USD", 0.01, 100.0, _USUAL_MOST, 0.1, key="most")
    return CostExplorerRequest(first, next_month(last), metric, days, Decimal(f"{most:.2f}"), profile or None)


def _month(month: object) -> str:
    return f"{month:%B %Y}"
