"""Operations whose body may be left out: `POST …/acceptance`, `…/end`, `…/withdraw` mean something without one.

For the `api.py` modules of the registry; every other operation uses the chassis's `Blueprint`.
"""

from typing import Any

from flask import Request

from services.chassis.http.parsing import Blueprint, Parser


class OptionalBodyParser(Parser):
    """The chassis's parser, to which an empty body is an empty object."""

    def load_json(self, req: Request, schema: Any) -> Any:
        """The body as plain values; `{}` where there is none."""
        return super().load_json(req, schema) if req.get_data(cache=True).strip() else {}


class CommandBlueprint(Blueprint):
    """A blueprint of commands that need no body."""

    ARGUMENTS_PARSER = OptionalBodyParser()
