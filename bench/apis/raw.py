"""The hot reads by hand: the SQL that answers each, in the fewest statements, and orjson."""

from typing import Any

import orjson

_STATEMENT = """
  SELECT s.id, s.document_id, d.title, a.slug AS actor_slug, a.name AS actor_name,
    t.slug AS topic_slug, t.name AS topic_name, s.said_edtf, s.said_earliest, s.said_latest,
    s.said_basis, s.start, s."end", s.exact, s.prefix, s.suffix, s.attributed_as, s.cue,
    s.attribution, s.fidelity, s.chain, s.terms, s.score, s.confidence, s.credibility,
    s.recorded_at, s.retracted_at, s.retracted_because, s.replaced_by_id
  FROM tracker_statement s JOIN tracker_document d ON d.id = s.document_id
    JOIN tracker_actor a ON a.id = s.actor_id LEFT JOIN tracker_topic t ON t.id = s.topic_id
"""
_SIDE = """{s}.id AS {s}, {s}.said_edtf AS {s}_edtf, {s}.said_earliest AS {s}_earliest,
    {s}.said_latest AS {s}_latest, {s}.said_basis AS {s}_basis,
    {s}s.id AS {s}_statement, {s}s.exact AS {s}_text, {s}s.document_id AS {s}_document,
    {s}s.start AS {s}_start, {s}s."end" AS {s}_end"""
_STANDING = "x.status IN ('provisional', 'confirmed')"
_SHIFTS = f"""
  SELECT x.id, x.direction, x.status, x.score, x.materiality, x.confidence, x.grade, x.reasons,
    x.evidence, x.detector_version, x.recorded_at, x.withdrawn_at, x.withdrawn_because,
    x.replaced_by_id, x.content_since, a.slug AS actor_slug, a.name AS actor_name,
    t.slug AS topic_slug, t.name AS topic_name, {_SIDE.format(s="o")}, {_SIDE.format(s="n")}
  FROM tracker_shift x JOIN tracker_stance st ON st.id = x.stance_id
    JOIN tracker_actor a ON a.id = st.actor_id JOIN tracker_topic t ON t.id = st.topic_id
    JOIN tracker_utterance o ON o.id = x.older_id JOIN tracker_utterance n ON n.id = x.newer_id
    JOIN tracker_statement os ON os.id = x.older_statement_id
    JOIN tracker_statement ns ON ns.id = x.newer_statement_id
"""  # noqa: S608 - names of ours


def _raw(sql: str, parameters: list[Any] | None = None) -> bytes:
    return orjson.dumps(_rows(sql, parameters or []), default=str)


def _rows(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    """Return rows as dictionaries, as a hand-written endpoint would have them."""
    from django.db import connection

    connection.ensure_connection()
    cursor = connection.connection.cursor()
    if connection.vendor == "sqlite":
        sql = sql.replace("%s", "?")
    cursor.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _with_kinds(sql: str) -> bytes:
    rows = _rows(sql, [])
    numbers = ",".join(str(row["id"]) for row in rows)
    kinds = _rows(f"SELECT shift_id, kind FROM tracker_shiftkind WHERE shift_id IN ({numbers})", [])  # noqa: S608 - numbers
    return orjson.dumps([rows, kinds], default=str)


_MONTHS = (
    "SELECT substr(CAST(said_earliest AS text), 1, 7) AS month,"
    " count(DISTINCT document_id * 2147483648 + start) AS n"
    " FROM tracker_statement WHERE actor_id = %s AND retracted_at IS NULL GROUP BY 1 ORDER BY 1"
)


def history(stance: int, actor: int) -> bytes:
    """Ask what a history holds in the fewest statements, and write it."""
    of_stance = [stance]
    parts = [
        _rows("SELECT * FROM tracker_stance WHERE id = %s", of_stance),
        _rows(
            "SELECT u.*, s.exact FROM tracker_utterance u JOIN tracker_statement s"
            " ON s.id = u.canonical_id WHERE u.stance_id = %s AND u.retracted_at IS NULL"
            " ORDER BY u.said_earliest",
            of_stance,
        ),
        _rows(
            'SELECT t.utterance_id, s.id, s.document_id, s.start, s."end", s.exact, s.prefix,'
            " s.suffix, s.attributed_as, s.attribution, s.fidelity, s.credibility, d.title, d.url,"
            " d.published_edtf, d.published_earliest, d.published_latest, c.slug, c.name,"
            " c.reliability FROM tracker_attestation t"
            " JOIN tracker_utterance u ON u.id = t.utterance_id"
            " JOIN tracker_statement s ON s.id = t.statement_id"
            " JOIN tracker_document d ON d.id = s.document_id"
            " JOIN tracker_source c ON c.id = d.source_id"
            " WHERE u.stance_id = %s AND t.retracted_at IS NULL AND s.retracted_at IS NULL",
            of_stance,
        ),
        _rows(
            "SELECT * FROM tracker_shift WHERE stance_id = %s AND withdrawn_at IS NULL", of_stance
        ),
        _rows(
            "SELECT k.* FROM tracker_shiftkind k JOIN tracker_shift x ON x.id = k.shift_id"
            " WHERE x.stance_id = %s",
            of_stance,
        ),
        _rows(
            "SELECT * FROM tracker_stanceevent WHERE stance_id = %s AND retracted_at IS NULL",
            of_stance,
        ),
        _rows("SELECT * FROM tracker_role WHERE actor_id = %s", [actor]),
        _rows(_MONTHS, [actor]),
    ]
    return orjson.dumps(parts, default=str)


_POSITIONS = (
    "SELECT t.slug AS topic, t.name, u.*, s.exact FROM tracker_stance st"
    " JOIN tracker_topic t ON t.id = st.topic_id"
    " JOIN tracker_utterance u ON u.id = (SELECT v.id FROM tracker_utterance v"
    "   WHERE v.stance_id = st.id AND v.retracted_at IS NULL AND v.said_latest <= %s"
    "   ORDER BY v.said_earliest DESC, v.said_latest DESC, v.id DESC LIMIT 1)"
    " JOIN tracker_statement s ON s.id = u.canonical_id WHERE st.actor_id = %s"
)


def positions(actor: int, until: str) -> bytes:
    """Ask what an actor had last said on each topic by a day."""
    return _raw(_POSITIONS, [until, actor])


def search(word: str, *, few: bool, actor: int | None = None, until: str = "") -> bytes:
    """Return the newest fifty statements that hold a word, of an actor or said up to a day.

    Of `few`, PostgreSQL is to gather all and sort them, as a hand that knows the word would have
    it: of words that its statistics do not list it expects many, and walks the days for seconds.
    """
    from django.db import connection

    of_actor = ([" AND s.actor_id = %s"], [actor]) if actor else ([], [])
    if connection.vendor == "postgresql":
        day = "coalesce(s.said_earliest, date '0001-01-01')"
        to_day = ([f" AND {day} <= %s"], [until]) if until else ([], [])
        wanted = "".join([*of_actor[0], *to_day[0]])
        return _raw(
            f"{_STATEMENT} WHERE s.words @@ to_tsquery('simple', %s) AND s.retracted_at IS NULL"
            f"{wanted} ORDER BY {day}{' + 0' if few else ''} DESC, s.id DESC LIMIT 51",
            [word, *of_actor[1], *to_day[1]],
        )
    head = _STATEMENT.replace(
        "FROM tracker_statement s",
        "FROM tracker_statement_words w CROSS JOIN tracker_statement s",
    ).replace("s JOIN tracker_document d", "s CROSS JOIN tracker_document d")
    place = " AND w.rowid < (CAST(julianday(%s) + 1.5 AS INTEGER) << 40)"
    to_day = ([place], [until]) if until else ([], [])
    wanted = "".join([*of_actor[0], *to_day[0]])
    return _raw(
        f"{head} WHERE tracker_statement_words MATCH %s AND s.id = (w.rowid & {2**40 - 1})"
        f" AND s.retracted_at IS NULL{wanted} ORDER BY w.rowid DESC LIMIT 51",
        [f'"{word}"', *of_actor[1], *to_day[1]],
    )


def shifts() -> bytes:
    """Return the latest shifts that the record stands by."""
    return _with_kinds(f"{_SHIFTS} WHERE {_STANDING} ORDER BY x.id DESC LIMIT 51")


def statements(before: int) -> bytes:
    """Return a page of the statements that the record holds, from the middle of the list."""
    return _raw(
        f"{_STATEMENT} WHERE s.retracted_at IS NULL AND s.id < %s ORDER BY s.id DESC LIMIT 51",
        [before],
    )


def canned() -> dict[str, str]:
    """Return the questions as queries for Datasette, a history's in four parts, told by a dash."""
    return {
        "history-said": "SELECT u.*, t.id AS attestation, s.*, d.title, d.url, d.published_edtf,"
        " c.slug, c.name, c.reliability"
        " FROM tracker_utterance u JOIN tracker_attestation t ON t.utterance_id = u.id"
        " JOIN tracker_statement s ON s.id = t.statement_id"
        " JOIN tracker_document d ON d.id = s.document_id"
        " JOIN tracker_source c ON c.id = d.source_id WHERE u.stance_id = :stance"
        " AND u.retracted_at IS NULL AND t.retracted_at IS NULL ORDER BY u.said_earliest",
        "history-shifts": "SELECT x.*, k.kind FROM tracker_shift x"
        " JOIN tracker_shiftkind k ON k.shift_id = x.id"
        " WHERE x.stance_id = :stance AND x.withdrawn_at IS NULL",
        "history-events": "SELECT * FROM tracker_stanceevent"
        " WHERE stance_id = :stance AND retracted_at IS NULL",
        "history-coverage": _MONTHS.replace("%s", ":actor"),
        "position": _POSITIONS.replace("%s", ":until", 1).replace("%s", ":actor", 1),
        "shifts": f"{_SHIFTS} WHERE {_STANDING} ORDER BY x.id DESC LIMIT 51",
        "page": f"{_STATEMENT} WHERE s.retracted_at IS NULL AND s.id < CAST(:before AS integer)"
        " ORDER BY s.id DESC LIMIT 51",
    }
