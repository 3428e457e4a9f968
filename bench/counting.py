"""A middleware of the measured sites, ours and the floor: counts SQL statements where a request asks for it by a header."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]


def counting_middleware(get_response: Next) -> Next:
    """Answer ``X-Bench-Count`` with the number of statements, transaction control apart (savepoints, begin, commit)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "X-Bench-Count" not in request.headers:
            return get_response(request)
        said: list[str] = []

        def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            said.append(sql if isinstance(sql, str) else "?")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = get_response(request)
        control = sum(s.lstrip().upper().startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for s in said)
        response["X-Sql"] = str(len(said) - control)
        response["X-Sql-Control"] = str(control)
        return response

    return middleware
