"""Double coding: what analysts say of pairs, each blind to the others and to the machine."""

from functools import partial
from typing import Any, cast

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, parameters
from api.access import Need
from api.errors import RefusedError
from api.idempotency import Effect
from api.resource import JSON, Acting, Detail, Making, Resource
from api.shapes.codings import AgreementShape, CodingShape, NextPairShape, TopicAgreementShape
from api.shapes.parts import date_of
from tracker import double_coding
from tracker.models import PairCoding, Utterance
from tracker.models.stances import UtteranceQuerySet

_SIDE = (
    *("id", "canonical_id", "canonical__exact", "stance__actor__slug", "stance__actor__name"),
    *("stance__topic__slug", "stance__topic__name"),
    *("said_edtf", "said_earliest", "said_latest", "said_basis"),
)


class _Codings(Resource):
    shape, model, owner = CodingShape, PairCoding, "coder"


class CodingList(_Codings, Making):
    """One's own codings; those of others show in `agreement` once a pair was coded twice."""

    needs = {"GET": Need.WRITE, "POST": Need.WRITE}
    bodies = {JSON: bodies.CodingBody}
    answers = {"POST": {201: CodingShape}}
    detail = "coding"

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what records an answer on a pair."""
        return partial(self._coded, posted)

    def _coded(self, posted: dict[str, Any]) -> Response:
        coder, now = cast(User, self.request.user), timezone.now()
        try:
            made = double_coding.code(**posted, by=coder, now=now)
        except double_coding.CannotCodeError as error:
            raise RefusedError("cannot_code", str(error), field=error.field) from error
        return self.added(made)


class CodingDetail(_Codings, Detail):
    """One of one's own codings."""

    needs = {"GET": Need.WRITE}


class CodingWithdrawDetail(_Codings, Acting):
    """A coding taken back."""

    needs = {"POST": Need.WRITE}
    bodies = {JSON: bodies.NothingBody}
    answers = {"POST": {200: CodingShape}}

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Take back one's own coding, as long as nobody else has coded the pair."""
        try:
            double_coding.withdraw(self.row(pk=pk), now=timezone.now())
        except double_coding.CannotCodeError as error:
            raise RefusedError("cannot_code", str(error), field=error.field) from error
        return Response(self.shape.of(self.rows(pk=pk).values(*self.columns()).get()))


class CodingNextDetail(Resource):
    """The pair to be coded next by the caller."""

    needs = {"GET": Need.WRITE}
    parameters = parameters.CodingParameters
    shape = NextPairShape

    def get(self, request: Request) -> Response:
        """Show the words of both sides; first come pairs that one other has coded."""
        coder = cast(User, request.user)
        pair = double_coding.next_pair(coder, topic=self.asked.get("topic"))
        return Response({"pair": _sides(Utterance.objects.all(), *pair) if pair else None})


class AgreementDetail(Resource):
    """How far analysts agree who coded the same pairs independently."""

    shape = AgreementShape

    def get(self, request: Request) -> Response:
        """Show the agreement on each topic, and the latest pairs that were coded differently."""
        found = double_coding.agreements()
        return Response({"results": [TopicAgreementShape.of_agreement(one) for one in found]})


def _sides(rows: UtteranceQuerySet, older: int, newer: int) -> dict[str, Any]:
    found = {row["id"]: row for row in rows.filter(pk__in=(older, newer)).values(*_SIDE)}
    of = {
        name: {part: found[older][f"stance__{name}__{part}"] for part in ("slug", "name")}
        for name in ("actor", "topic")
    }
    sides = {
        name: {
            "utterance": pk,
            "statement": found[pk]["canonical_id"],
            "said": date_of(found[pk], "said"),
            "text": found[pk]["canonical__exact"],
        }
        for name, pk in (("older", older), ("newer", newer))
    }
    return of | sides
