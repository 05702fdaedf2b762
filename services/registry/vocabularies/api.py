"""HTTP of the vocabularies: public, and kept by caches for an hour."""

from flask import Response

from services.chassis.http.documents import unless_known
from services.chassis.http.parsing import Blueprint
from services.registry.vocabularies import service
from services.registry.vocabularies.contracts import Vocabulary, VocabularyIndex

KEPT_SECONDS = 3600
blp = Blueprint(
    "vocabularies", __name__, url_prefix="/vocabularies", description="Codes, with labels in seven languages"
)


@blp.route("")
@blp.response(200, VocabularyIndex)
def listed() -> Response:
    """The names of the vocabularies"""
    return _reply(service.index())


@blp.route("/<string:scheme>")
@blp.response(200, Vocabulary)
def read(scheme: str) -> Response:
    """The codes of a vocabulary, in their natural order, with labels and what stands above them"""
    return _reply(service.scheme(scheme))


def _reply(found: service.Rendered) -> Response:
    response = Response(found.body, mimetype="application/json")
    response.headers["ETag"] = found.etag
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return unless_known(response)
