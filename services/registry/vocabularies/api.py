"""HTTP of the vocabularies: public, and kept by caches for an hour."""

from flask import Response

from services.chassis.http.documents import constant_response
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
    return constant_response(service.index(), KEPT_SECONDS)


@blp.route("/<string:scheme>")
@blp.response(200, Vocabulary)
def read(scheme: str) -> Response:
    """The codes of a vocabulary, in their natural order, with labels and what stands above them"""
    return constant_response(service.scheme(scheme), KEPT_SECONDS)
