"""The number that belongs to the thing decided: a rate, a target, the budget of a topic."""

from collections.abc import Iterable, Iterator

from timeline.amounts import agree
from timeline.contrasts import Contrast
from timeline.frames import Frame, frame
from timeline.quantities import Quantity
from timeline.sides import Sides


def _decided(frame: Frame, topic: Frame) -> Quantity | None:
    """Return the number that the passage gives for the topic: nearest its words, in one sentence.

    A change "by 25 basis points to 2 percent" is read as its outcome. Measured: old against new,
    this tells hardened, softened and same in the policy series better than any other feature.
    """
    wanted = {topic.keys(index)[0] for index in topic.content}
    best: tuple[int, int, Quantity] | None = None
    for quantity in frame.position.quantities:
        if quantity.unit not in ("percent", "money", ""):
            continue
        places = {key: _nearest(frame, key, quantity) for key in wanted}
        known = [place for place in places.values() if place is not None]
        if not known or 2 * len(known) <= len(wanted):
            continue
        rank = (-len(known), min(known))
        if best is None or rank < best[:2]:
            best = (*rank, quantity)
    return best[2] if best else None


def _nearest(frame: Frame, key: str, quantity: Quantity) -> int | None:
    """Return how many tokens off the nearest `key` in the quantity's sentence stands."""
    sentence = frame.sentence[quantity.first]
    return min(
        (
            abs(place - (quantity.first if place < quantity.first else quantity.last))
            for place in frame.found.get(key, ())
            if frame.sentence[place] == sentence
        ),
        default=None,
    )


def decision(sides: Sides, names: Iterable[str]) -> Contrast | None:
    """Return the contrast of the numbers decided for a topic, by the first of its names that fits.

    Certainty 0 where the numbers are the same; None where either passage gives none.
    """
    return next(filter(None, (_decision(sides, frame(name)) for name in names)), None)


def _decision(sides: Sides, topic: Frame) -> Contrast | None:
    old, new = _decided(sides.older, topic), _decided(sides.newer, topic)
    if old is None or new is None or old.unit != new.unit:
        return None
    same = (old.low, old.high) == (new.low, new.high) or (
        agree(old, new) and old.value == new.value
    )
    return Contrast(
        "quantity",
        topic.tokens.text,
        (old.text, new.text),
        (old.first, old.last),
        (new.first, new.last),
        0.0 if same else 0.95,
        (old, new),
    )


def decided_numbers(sides: Sides) -> Iterator[Contrast]:
    """Rates that both passages say were decided, where no topic is given."""
    old, new = (_rates(frame) for frame in (sides.older, sides.newer))
    if old and new and not any(agree(one, other) for one in old for other in new):
        said = old[0].text, new[0].text
        places = (old[0].first, old[0].last), (new[0].first, new[0].last)
        yield Contrast("quantity", "decided", said, *places, 0.9, (old[0], new[0]))


def _rates(frame: Frame) -> list[Quantity]:
    own = frame.sentences_with("decision")
    return [
        quantity
        for quantity in frame.position.quantities
        if quantity.unit == "percent" and frame.sentence[quantity.first] in own
    ]
