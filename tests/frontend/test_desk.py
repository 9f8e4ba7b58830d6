"""The review desk: one queue of four kinds, what matters most first."""

import pytest
from django.test import Client
from django.utils import timezone

from frontend import desk as queue
from tests.frontend.record import NOW, OPEN, Record
from tests.tracker.records import subscription
from tracker import detection, review
from tracker.models import (
    Actor,
    Attestation,
    Decision,
    MergeProposal,
    Shift,
    Statement,
    Topic,
)

DESK = "/review/"
RIGHTS = "Ostravia is ready for a treaty with Karsk if Karsk recognises the four border posts."


def guess(record: Record, words: str = OPEN, **fields: object) -> Statement:
    return record.statement(words, "2024-03-01", confidence=0.5, **fields)


def order() -> list[tuple[str, int]]:
    return [(entry.kind, entry.pk) for entry in queue.queue(now=timezone.now())]


def test_all_kinds_stand_in_one_queue_by_what_they_would_change(record: Record) -> None:
    older, _, shift = record.story()
    undated = record.document("No day.", problem="no date found in the text")
    unsure = guess(record)
    proposal = record.proposal(older.canonical, unsure)
    assert order() == [
        *(("shift", shift.pk), ("merge", proposal.pk)),
        *(("date", undated.pk), ("speaker", unsure.pk)),
    ]


def test_what_subscribers_wait_for_comes_first(record: Record) -> None:
    _, _, shift = record.story()
    unsure = guess(record, actor=Actor.objects.create(slug="brel", name="Brel"))
    assert order()[0] == ("shift", shift.pk)
    for _ in range(3):
        subscription(actor=unsure.actor)
    subscription(actor=unsure.actor, paused_at=NOW)
    assert order()[0] == ("speaker", unsure.pk)
    entry = queue.queue(now=timezone.now())[0]
    assert entry.waiting == 3


def test_one_kind_can_be_asked_for(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    unsure = guess(record)
    html = desk.get(DESK, {"kind": "speaker"}).content.decode()
    assert f"case-speaker-{unsure.pk}" in html
    assert f"case-shift-{shift.pk}" not in html
    assert f"case-shift-{shift.pk}" in desk.get(DESK, {"kind": "nonsense"}).content.decode()


def test_accepting_a_speaker_settles_it_until_that_is_undone(desk: Client, record: Record) -> None:
    unsure = guess(record)
    posted = {"actor": "ilva-marenko", "from": "review", "kind": "speaker", "place": "1"}
    response = desk.post(f"/statements/{unsure.pk}/speaker/", posted)
    assert response["Location"] == "/review/?kind=speaker#place-1"
    assert order() == []
    desk.post(f"/decisions/{Decision.objects.get().pk}/undo/", {"from": "review"})
    assert order() == [("speaker", unsure.pk)]


def test_a_proposed_merge_is_joined_or_kept_apart(desk: Client, record: Record) -> None:
    one = record.utterance(OPEN, "2024-03-01").canonical
    other = record.utterance(OPEN + " So.", "2024-03-01").canonical
    proposal = record.proposal(one, other)
    for verdict, kind in (("join", "join"), ("split", "split")):
        desk.post(f"/merges/{proposal.pk}/{verdict}/", {"note": "the recording"})
        decision = Decision.objects.standing().get()
        assert (decision.kind, decision.note) == (kind, "the recording")
        assert {decision.statement, decision.other_statement} == {one, other}
        assert order() == []
        desk.post(f"/decisions/{decision.pk}/undo/", {"from": "review"})
        assert order() == [("merge", proposal.pk)]


def test_an_attestation_is_split_off_on_the_page_of_its_utterance(
    desk: Client, record: Record
) -> None:
    utterance = record.utterance(OPEN, "2024-03-01")
    other = record.statement(OPEN + " So.", "2024-03-01")
    record.attest(utterance, other)
    page = f"/utterances/{utterance.pk}/"
    assert f"/statements/{other.pk}/split/" in desk.get(page).content.decode()
    assert desk.post(f"/statements/{other.pk}/split/")["Location"] == page
    decision = Decision.objects.get()
    assert decision.kind == "split"
    settle()
    apart = Attestation.objects.held().get(statement=other).utterance_id
    assert apart != utterance.pk
    undo = f"/decisions/{decision.pk}/undo/"
    assert undo in desk.get(page).content.decode()
    assert desk.post(undo)["Location"] == f"/utterances/{apart}/"
    settle()
    assert Attestation.objects.held().get(statement=other).utterance_id == utterance.pk
    assert "(undone " in desk.get(page).content.decode()


def test_two_utterances_are_joined_by_number(desk: Client, record: Record) -> None:
    one, other = record.utterance(OPEN, "2024-03-01"), record.utterance(OPEN, "2025-03-01")
    desk.post(f"/utterances/{one.pk}/join/", {"other": other.pk})
    assert Decision.objects.get().kind == "join"
    settle()
    held = Attestation.objects.held().values_list("utterance", flat=True)
    assert len(held) == 2
    assert len(set(held)) == 1


@pytest.mark.parametrize("number", ["", "x", "99999", "9" * 40])
def test_joining_with_what_is_not_there_records_nothing(
    desk: Client, record: Record, number: str
) -> None:
    one = record.utterance(OPEN, "2024-03-01")
    response = desk.post(f"/utterances/{one.pk}/join/", {"other": number}, follow=True)
    assert "Nothing was recorded" in response.content.decode()
    assert not Decision.objects.exists()


def test_utterances_of_two_stances_are_not_joined(desk: Client, record: Record) -> None:
    one = record.utterance(OPEN, "2024-03-01")
    pact = Topic.objects.create(slug="pact", name="The Pact")
    other = record.utterance(OPEN, "2024-03-01")
    Statement.objects.filter(pk=other.canonical_id).update(topic=pact)
    response = desk.post(f"/utterances/{one.pk}/join/", {"other": other.pk}, follow=True)
    assert "different stances" in response.content.decode()


def test_a_form_never_leads_away_from_the_desk(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    posted = {"from": "review", "kind": "//evil.example", "page": "x", "place": "1#@evil"}
    assert desk.post(f"/shifts/{shift.pk}/reject/", posted)["Location"] == "/review/"


def settle() -> None:
    """Detect until nothing is marked."""
    while ids := list(detection.claim_marked(now=timezone.now())):
        for stance_id in ids:
            detection.detect(stance_id, now=timezone.now())


def pair(record: Record) -> Shift:
    """Write an undecided pair whose surest contrast is a condition."""
    older, newer = record.utterance(OPEN, "2024-03-01"), record.utterance(RIGHTS, "2025-03-01")
    evidence = {"differences": [{"kind": "condition_dropped"}]}
    fields = {"status": "undecided", "direction": "none", "evidence": evidence}
    return record.shift(older, newer, **fields)


def test_an_undecided_pair_offers_what_its_contrasts_suggest(desk: Client, record: Record) -> None:
    found = pair(record)
    html = desk.get(DESK).content.decode()
    assert "As condition dropped, softened:" in html
    assert " checked>" not in html  # the form is built for the one that is edited
    for page in (f"{DESK}?edit={found.pk}", f"/shifts/{found.pk}/"):
        html = desk.get(page).content.decode()
        assert html.count(" checked>") == 1, page
        assert f'value="condition_dropped" id="kinds-shift-{found.pk}_2" checked>' in html, page
        assert '<option value="softened" selected>' in html, page


def test_a_pair_is_accepted_as_what_was_ticked(desk: Client, record: Record) -> None:
    found = pair(record)
    ticked = {"kinds": ["scope_changed", "reversal", "reversal"], "direction": "reversed"}
    posted = {**ticked, "note": "read both", "from": "review", "kind": "shift", "place": "1"}
    response = desk.post(f"/shifts/{found.pk}/confirm/", posted)
    assert response["Location"] == "/review/?kind=shift#place-1"
    decision = Decision.objects.get()
    detail = {"kinds": ["reversal", "scope_changed"], "direction": "reversed"}
    assert (decision.detail, decision.note) == (detail, "read both")
    assert order() == []
    settle()
    shift = Shift.objects.get(withdrawn_at=None)
    assert (shift.status, shift.direction, shift.kinds) == (
        *("confirmed", "reversed"),
        ["reversal", "scope_changed"],
    )
    for page in (DESK, f"/shifts/{shift.pk}/", f"/shifts/{found.pk}/"):
        html = desk.get(page).content.decode()
        assert "onfirm a shift as reversal, scope changed, reversed" in html, page
    desk.post(f"/decisions/{decision.pk}/undo/", {"from": "review"})
    settle()
    again = Shift.objects.get(withdrawn_at=None)
    assert (again.status, order()) == ("undecided", [("shift", again.pk)])


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"direction": "hardened"}, "Tick at least one kind"),
        ({"kinds": ["reversal"]}, "Choose a direction"),
        ({"kinds": ["nonsense"], "direction": "hardened"}, "nonsense is not one of the available"),
        ({"kinds": ["reversal"], "direction": "none"}, "none is not one of the available"),
    ],
)
def test_half_a_verdict_is_refused_in_place(
    desk: Client, record: Record, posted: dict[str, object], words: str
) -> None:
    found = pair(record)
    response = desk.post(f"/shifts/{found.pk}/confirm/", {**posted, "note": "my note"})
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert 'value="my note"' in html
    assert not Decision.objects.exists()


def test_a_pair_is_rejected_whatever_is_ticked(desk: Client, record: Record) -> None:
    found = pair(record)
    desk.post(f"/shifts/{found.pk}/reject/", {"kinds": ["nonsense"], "from": "review"})
    assert (Decision.objects.get().kind, Decision.objects.get().detail) == ("reject", {})
    settle()
    assert order() == []
    assert not Shift.objects.filter(withdrawn_at=None).exists()


# --- Where proposals come from ------------------------------------------------------------------


def test_what_is_nearly_alike_in_two_documents_is_proposed_until_somebody_decides(
    record: Record,
) -> None:
    one = record.statement(
        "We shall talk with Karsk on fisheries when the winter is over, "
        "and not one day before the ice has gone.",
        "2024-03-01",
    )
    other = record.statement("Fisheries before all: they feed the north.", "2024-03-01")
    mark(record)
    settle()
    proposal = MergeProposal.objects.open().get()
    assert (proposal.one, proposal.other, proposal.joined) == (one, other, False)
    again = list(MergeProposal.objects.values())
    mark(record)
    settle()
    assert list(MergeProposal.objects.values()) == again  # detected again, no row changes
    decision = review.split(one, other, by=None, now=timezone.now())
    settle()
    assert not MergeProposal.objects.open().exists()
    review.undo(decision, by=None, now=timezone.now())
    settle()
    assert MergeProposal.objects.open().count() == 1


def mark(record: Record) -> None:
    detection.mark_all(now=timezone.now(), stances=[record.stance.pk])
