"""Create the source that the options name. Each kind of source is imported only when it is needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from taggov.aws_session import session_of
from taggov.costs.sources.base import Announce, Progress, Source, SourceError


def open_focus(paths: list[str], profile: str | None, progress: Progress) -> Source:
    """Open FOCUS files, local or in S3."""
    from taggov.costs.sources.focus.files import FocusFiles
    from taggov.costs.sources.focus.paths import SCHEME
    from taggov.costs.sources.focus.s3 import S3Files

    if not any(path.startswith(SCHEME) for path in paths):
        return FocusFiles(paths, progress=progress)
    return FocusFiles(paths, s3=S3Files.of_session(session_of(profile), progress), progress=progress)


def open_athena(
    table: str, workgroup: str, output: str | None, profile: str | None, announce: Announce, progress: Progress
) -> Source:
    """Open a FOCUS export that is an Athena table, `database.table`."""
    from taggov.costs.sources.athena.source import Athena
    from taggov.costs.sources.aws_errors import source_errors

    database, dot, name = table.partition(".")
    if not (database and dot and name):
        raise SourceError(f'--athena "{table}" must be DATABASE.TABLE')
    with source_errors("Athena", "athena:StartQueryExecution"):
        client = session_of(profile).client("athena")
    return Athena(
        client,
        database=database,
        table=name,
        workgroup=workgroup,
        output_location=output,
        announce=announce,
        progress=progress,
    )


def open_cost_explorer(
    *,
    profile: str | None,
    today: date,
    announce: Announce,
    progress: Progress,
    max_cost: Decimal | None,
    cache: str | None,
    refresh: bool,
) -> Source:
    """Open Cost Explorer with a cache of closed months."""
    from taggov.costs.sources.cache.source import CachedSource
    from taggov.costs.sources.cache.store import default_folder, open_store
    from taggov.costs.sources.cost_explorer.client import account, client
    from taggov.costs.sources.cost_explorer.source import CostExplorer

    session = session_of(profile)
    scope = account(session)
    asked = CostExplorer(client(session), today=today, announce=announce, max_cost=max_cost, progress=progress)
    return CachedSource(asked, open_store(cache, default_folder()), scope=scope, today=today, refresh=refresh)
