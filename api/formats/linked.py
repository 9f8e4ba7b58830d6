"""Forms that other programs know: W3C Web Annotation, Popolo, events by PLOVER."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from api.formats.plain import Context, Form, encoded, rows_of
from api.shapes.people import ActorShape

Row = Mapping[str, Any]
_AROUND = 32  # characters before and after a quotation, to find it again by
_POPOLO_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def address(context: Context, path: str) -> str:
    """Return the whole address of something below /api/v1/."""
    found: str = context["request"].build_absolute_uri(f"/api/v1/{path}")
    return found


class Annotation(Form):
    """The Web Annotation data model in JSON-LD: words anchored in what they stand in.

    https://www.w3.org/TR/annotation-model/
    """

    media_type, format, json = "application/ld+json", "jsonld", True
    context = "http://www.w3.org/ns/anno.jsonld"

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return an annotation, or a page of them."""
        items = [self.of(row, context) for row in rows_of(data)]
        if "results" not in data:
            return encoded({"@context": self.context} | items[0])
        page: dict[str, Any] = {
            "@context": self.context,
            "id": context["request"].build_absolute_uri(),
            "type": "AnnotationPage",
            "items": items,
        }
        return encoded(page | ({"next": data["next"]} if data["next"] else {}))

    def of(self, row: Row, context: Context) -> dict[str, Any]:
        """Return a row as an annotation without its context."""
        raise NotImplementedError


class StatementAnnotation(Annotation):
    """A statement: words in a document, attributed to an actor, tagged with a topic."""

    def of(self, row: Row, context: Context) -> dict[str, Any]:
        """Return a statement as an annotation of its document."""
        return {
            "id": address(context, f"statements/{row['id']}"),
            "type": "Annotation",
            "motivation": "identifying",
            "created": row["recorded_at"],
            "body": _about(row, context),
            "target": _passage(
                row["document"],
                (row["start"], row["end"]),
                (row["prefix"], row["exact"], row["suffix"]),
                context,
            ),
        }


class ShiftAnnotation(Annotation):
    """A shift: its kinds and reasons, on the words of two documents that show it."""

    def of(self, row: Row, context: Context) -> dict[str, Any]:
        """Return a shift as an annotation of two passages."""
        said = [(kind, "classifying") for kind in (*row["kinds"], row["direction"])]
        said += [(reason, "describing") for reason in row["reasons"]]
        return {
            "id": address(context, f"shifts/{row['id']}"),
            "type": "Annotation",
            "motivation": "classifying",
            "created": row["recorded_at"],
            "generator": {
                "type": "Software",
                "name": f"Stanceline, detector {row['detector_version']}",
            },
            "body": [
                *_about(row, context),
                *(
                    {"type": "TextualBody", "purpose": purpose, "value": value}
                    for value, purpose in said
                ),
            ],
            "target": [self._side(row, side, context) for side in ("older", "newer")],
        }

    @staticmethod
    def _side(row: Row, side: str, context: Context) -> dict[str, Any]:
        text, offset = row[side]["text"], row[side]["start"]
        start, end = row["evidence"].get(side) or (0, len(text))
        around = text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND]
        return _passage(row[side]["document"], (offset + start, offset + end), around, context)


def _about(row: Row, context: Context) -> list[dict[str, Any]]:
    """Return who and what a row is about, as bodies of its annotation."""
    who = {
        "type": "SpecificResource",
        "source": address(context, f"actors/{row['actor']['slug']}"),
        "purpose": "identifying",
    }
    topics = [row["topic"]["name"]] if row["topic"] else []
    return [who, *({"type": "TextualBody", "purpose": "tagging", "value": name} for name in topics)]


def _passage(
    document: int, place: tuple[int, int], words: tuple[str, str, str], context: Context
) -> dict[str, Any]:
    """Return words (what is before, they themselves, what is after) in the text of a document."""
    prefix, exact, suffix = words
    start, end = place
    return {
        "source": address(context, f"documents/{document}/text"),
        "selector": [
            {"type": "TextQuoteSelector", "exact": exact, "prefix": prefix, "suffix": suffix},
            {"type": "TextPositionSelector", "start": start, "end": end},
        ],
    }


class Popolo(Form):
    """Popolo: persons and organizations with memberships, or speeches.

    https://www.popoloproject.com/specs/
    """

    media_type, format, json = "application/vnd.popolo+json", "popolo", True

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return the one thing, or lists of them under Popolo's names."""
        rows = rows_of(data)
        if "results" not in data:
            return encoded(self._of(rows[0], context))
        speaks = not issubclass(context["view"].shape, ActorShape)
        names = ("speeches",) if speaks else ("persons", "organizations")
        found: dict[str, list[Any]] = {name: [] for name in names}
        for row in rows:
            found[self._collection(row)].append(self._of(row, context))
        return encoded(found)

    @staticmethod
    def _collection(row: Row) -> str:
        if "roles" not in row:
            return "speeches"
        return "persons" if row["kind"] == "person" else "organizations"

    def _of(self, row: Row, context: Context) -> dict[str, Any]:
        return self._actor(row, context) if "roles" in row else self._speech(row, context)

    @staticmethod
    def _actor(row: Row, context: Context) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": row["slug"],
            "name": row["name"],
            "other_names": [{"name": name} for name in row["aliases"]],
            "sources": [{"url": address(context, f"actors/{row['slug']}")}],
        }
        if row["kind"] != "person":  # its memberships would be those of its members
            return shown | {"description": row["description"]}
        memberships = [
            {
                "id": str(role["id"]),
                "person_id": row["slug"],
                "role": role["title"],
                "organization": {"name": role["organisation"]},
                "start_date": role["since"],
                "end_date": role["until"],
            }
            for role in row["roles"]
        ]
        pronouns = {"pronouns": [row["pronoun"]]} if row["pronoun"] else {}
        about = {"biography": row["description"], **pronouns}
        return shown | about | {"memberships": memberships}

    @staticmethod
    def _speech(row: Row, context: Context) -> dict[str, Any]:
        edtf = (row["said"] or {}).get("edtf", "")
        return {
            "id": str(row["id"]),
            "creator_id": row["actor"]["slug"],
            "creator": {"id": row["actor"]["slug"], "name": row["actor"]["name"]},
            "text": row["text"],
            # Popolo's dates know no "about": what is not certain is left out, not made exact.
            "date": edtf if _POPOLO_DATE.fullmatch(edtf) else None,
            "title": row["topic"]["name"],
            "sources": [{"url": address(context, f"utterances/{row['id']}")}],
        }


class Plover(Form):
    """A coded position as an event by PLOVER's names for JSON: who, what act, on which scale.

    Names, categories and contexts are those of the codebook 0.7b1, "JSON Data Fields":
    https://github.com/openeventdata/PLOVER. Nobody is called the recipient of an act, as that is
    not read; what the codebook has no name for stands beside them under our own.
    """

    media_type, format, json = "application/vnd.plover+json", "plover", True

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return events, or the one event of a detail."""
        events = [self._event(row, context) for row in rows_of(data)]
        if "results" not in data:
            return encoded(events[0])
        return encoded({"events": events, "next": data["next"]})

    @staticmethod
    def _event(row: Row, context: Context) -> dict[str, Any]:
        position, said, actor = row["position"], row["said"] or {}, row["actor"]
        act = position.get("act")
        event = _PLOVER.get(act)
        return {
            "id": str(row["id"]),
            "date": said.get("earliest"),
            "enddate": said.get("latest"),
            "source": [{"identifier_id": actor["slug"], "identifier_text": actor["name"]}],
            "recipient": [],
            "event": [event] if event else [],
            "quad_code": _QUADS[event] if event else None,
            "event_scale": row["value"],  # -10 to 10, null where not stated
            "mode": [],
            "context": list(_contexts(position)),
            "text": row["text"],
            "cite_info": {
                "url": address(context, f"utterances/{row['id']}"),
                "coder": "Stanceline",
                "codebook": "plover-0.7b1",
            },
            "topic": row["topic"]["slug"],
            "act": act,
            "modality": position.get("modality"),
            "names": [name["text"] for name in position.get("names", ())],
            "quantities": position.get("quantities", []),
        }


# Our acts by the category that codes them; appeals ("request") are none of the codebook's events.
_PLOVER = {
    act: act.upper()
    for act in (
        *("agree", "consult", "support", "concede", "cooperate", "aid", "retreat", "demand"),
        *("accuse", "reject", "threaten", "protest", "sanction", "coerce", "assault"),
    )
} | {"mobilise": "MOBILIZE", "investigate": "ACCUSE", "fight": "ASSAULT"}
_QUADS = {
    event: quad
    for quad, events in enumerate(
        (
            ("AGREE", "CONSULT", "SUPPORT", "CONCEDE"),
            ("COOPERATE", "AID", "RETREAT"),
            ("DEMAND", "ACCUSE", "REJECT", "SANCTION", "THREATEN"),
            ("PROTEST", "MOBILIZE", "COERCE", "ASSAULT"),
        ),
        start=1,
    )
    for event in events
}
_ASPECTS = {"past": "historical", "future": "future", "hypothetical": "hypothetical"}


def _contexts(position: Row) -> Iterator[str]:
    for aspect in position.get("aspects", ()):
        if aspect in _ASPECTS:
            yield _ASPECTS[aspect]
    if position.get("polarity") == -1:
        yield "negation"
