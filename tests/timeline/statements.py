"""Invented statements for property tests: one actor, one aspect, parts that can be exchanged."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

SUBJECTS = ("We", "Ostravia", "The government of Ostravia", "The Northern Pact")
PREDICATES = (
    ("will", "hold talks with Karsk"),
    ("will", "withdraw from the border region"),
    ("will", "keep the embargo on timber"),
    ("must", "return the northern harbour"),
    ("should", "recognise the treaty of Velgrad"),
    ("can", "reopen the railway to Velgrad"),
)
CONDITIONS = (
    "",
    "if Karsk withdraws",
    "unless the embargo is lifted",
    "provided that Karsk agrees",
)
NOUNS = ("regions", "ships", "soldiers", "villages")


@dataclass(frozen=True)
class Statement:
    """One clause with its exchangeable parts."""

    subject: str
    modal: str
    predicate: str
    condition: str
    number: int
    noun: str
    negated: bool = False

    def __str__(self) -> str:
        """Return the statement as a sentence."""
        verb = f"{self.modal} not" if self.negated else self.modal
        condition = f" {self.condition}" if self.condition else ""
        return (
            f"{self.subject} {verb} {self.predicate}{condition}. "
            f"The plan names {self.number} {self.noun}."
        )

    def denied(self) -> "Statement":
        """Return the statement with "not" in its main clause."""
        return replace(self, negated=True)

    def numbered(self, number: int) -> "Statement":
        """Return the statement with another number."""
        return replace(self, number=number)


def statements() -> st.SearchStrategy[Statement]:
    """Return a strategy for affirmed statements."""
    return st.builds(
        lambda subject, predicate, condition, number, noun: Statement(
            subject, predicate[0], predicate[1], condition, number, noun
        ),
        st.sampled_from(SUBJECTS),
        st.sampled_from(PREDICATES),
        st.sampled_from(CONDITIONS),
        st.integers(2, 900),
        st.sampled_from(NOUNS),
    )
