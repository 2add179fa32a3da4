"""The choice of costs, rules and metrics."""

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

from taggov.costs.dashboard.dataset import Dataset, Question, ask_cost_explorer, least_price
from taggov.costs.dashboard.labels import markdown
from taggov.costs.dashboard.launch import Given
from taggov.costs.dashboard.states import empty
from taggov.costs.dashboard.uploads import kept, without_folder
from taggov.costs.dashboard.view import opened
from taggov.costs.options import Options
from taggov.costs.periods import last_full_month
from taggov.costs.sources.cost_explorer.limits import DAILY_MONTHS, METRICS
from taggov.costs.sources.months import months_before, next_month
from taggov.costs.study import open_rules

_ASKED = "asked"
_USUAL_MONTHS = 6
_USUAL_MOST = 1.0


class Origin(StrEnum):
    """The kind of source of the costs."""

    GIVEN = "Files of the command line"
    SAMPLE = "Sample data"
    UPLOADS = "My FOCUS files"
    COST_EXPLORER = "AWS Cost Explorer"


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice in the sidebar. `open` may raise every error that costs can meet, and gives None before there is any."""

    origin: Origin
    open: Callable[[], Dataset | None]

    def name(self, opened: Dataset) -> str:
        """Name the source of the costs as the user knows it."""
        if self.origin is Origin.SAMPLE:
            return "the sample of a made-up company"
        return without_folder(uploads_folder(), opened.study.source.name)


@st.cache_resource(scope="session", on_release=TemporaryDirectory.cleanup, show_spinner=False)
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="taggov-")


def uploads_folder() -> Path:
    """The folder of this session, gone when it ends. Only the user of the process can look in."""
    return Path(_folder().name)


def chosen(given: Given) -> Choice:
    """Draw the sidebar."""
    origins = [origin for origin in Origin if given.paths or origin is not Origin.GIVEN]
    with st.sidebar:
        st.header("Data")
        origin = st.radio("Costs from", origins, key="origin")
        paths: list[str] = []
        if origin is Origin.UPLOADS:
            paths = _uploaded("FOCUS files", ["csv", "parquet", "gz"], "CSV or Parquet, FOCUS 1.0 to 1.4, any cloud")
        below = st.container()
        st.header("Rules")
        rules = _uploaded_one("Allocation rules", ["yaml", "yml"], "allocation_rules.yaml")
        metrics = _uploaded_one("Business metrics", ["csv"], "A CSV with month, metric, team and value.")
        st.caption("Nothing leaves this machine. Uploads are deleted when this page is closed.")
    uploaded = Options(rules=rules, metrics=metrics)
    # What the command line names is about the user's own costs, not about the sample, which has its own.
    own = Options(rules=rules or given.rules, metrics=metrics or given.metrics)
    match origin:
        case Origin.SAMPLE:
            return Choice(origin, lambda: _opened(replace(uploaded, sample=True)))
        case Origin.GIVEN:
            return Choice(origin, lambda: _opened(replace(own, focus=list(given.paths))))
        case Origin.UPLOADS:
            return Choice(origin, lambda: _opened(replace(own, focus=paths)) if paths else _nothing_uploaded())
        case Origin.COST_EXPLORER:
            return Choice(origin, lambda: _cost_explorer(own, below))


def _opened(options: Options) -> Dataset:
    """The files, read anew when any of what they are named by changes."""
    return opened(_key("", options), options)


def _key(of: str, options: Options) -> str:
    stamps = [_stamp(path) for path in (*(options.focus or ()), options.rules, options.metrics) if path is not None]
    return sha256(repr((of, options, stamps)).encode()).hexdigest()


def _stamp(path: str | Path) -> tuple[int, int] | None:
    """Give the time at which a file changed. Of folders, patterns and objects only the name counts."""
    file = Path(path)
    if not file.is_file():
        return None
    state = file.stat()
    return state.st_mtime_ns, state.st_size


def _nothing_uploaded() -> None:
    empty("No file yet", "Upload one or more FOCUS files in the sidebar.", "They stay on this machine.")


def _uploaded(label: str, endings: list[str], advice: str) -> list[str]:
    files = st.file_uploader(label, endings, accept_multiple_files=True, help=advice)
    return [str(kept(uploads_folder(), file)) for file in files]


def _uploaded_one(label: str, endings: list[str], advice: str) -> Path | None:
    file = st.file_uploader(label, endings, help=f"Optional. {advice}")
    return kept(uploads_folder(), file) if file else None


def _cost_explorer(own: Options, place: DeltaGenerator) -> Dataset | None:
    """The answer that was paid for, after the price was shown and the button pressed."""
    rules, rules_name = open_rules(own)
    with place:
        question = _question()
        price = least_price(rules)
        st.markdown(
            f"At least **{price} USD**: AWS takes 0.01 USD for each page of an answer. "
            f"It stops before more than **{question.most} USD**."
        )
        pressed = st.button("Ask and pay", type="primary", disabled=question.most < price)
    if pressed:
        with st.status("Asking Cost Explorer") as status:
            st.session_state[_ASKED] = ask_cost_explorer(
                uuid4().hex,
                question,
                own,
                lambda line: st.write(markdown(line)),
                lambda done, total, what: status.update(label=f"{what}: {done} of {total or 'unknown'} requests"),
            )
    asked: Dataset | None = st.session_state.get(_ASKED)
    if asked is None:
        empty(
            "Cost Explorer was not asked yet",
            "Choose the months in the sidebar. Its price is shown there before anything is asked.",
            "The answer is held for all pages, so looking around costs nothing more.",
        )
        return None
    # Rules may change after the costs were paid for; what they look at has to be held already.
    study = replace(asked.study, rules=rules, rules_name=rules_name)
    return replace(asked, key=_key(asked.key, own), study=study)


def _question() -> Question:
    today = datetime.now(UTC).date()
    this_month = today.replace(day=1)
    months = [months_before(today, back) for back in range(DAILY_MONTHS)]
    newest = last_full_month(today).start or this_month
    profile = st.text_input("AWS profile", placeholder="that of the environment", key="profile").strip()
    first = st.selectbox("First month", months, _USUAL_MONTHS, format_func=_month, key="first")
    last = st.selectbox("Last month", months, months.index(newest), format_func=_month, key="last")
    metric = st.selectbox("Metric of Cost Explorer", METRICS, key="asked_metric")
    days = st.toggle("By day", help="More pages, so a higher price.", key="days")
    most = st.number_input("Most that it may cost, in USD", 0.01, 100.0, _USUAL_MOST, 0.1, key="most")
    return Question(first, next_month(last), metric, days, Decimal(f"{most:.2f}"), profile or None)


def _month(month: object) -> str:
    return f"{month:%B %Y}"
