"""The time that was tracked on a task, whoever asks."""

from typing import Any

from sqlalchemy import FromClause, SQLColumnExpression, func, select

from gateway.store.tables import TimeEntryRow, table_of


def worked_time(task: FromClause) -> SQLColumnExpression[Any]:
    """Return the minutes of all entries of a task, 0 where there are none."""
    entry = table_of(TimeEntryRow).alias("worked")
    total = func.coalesce(func.sum(entry.c.time), 0)
    return select(total).where(entry.c.task_id == task.c.id).correlate(task).scalar_subquery()
