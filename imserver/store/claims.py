"""What the batches that are under way write, so that one beside them writes nothing of it.

Why: two transactions that share a row follow each other, however many connections there are, and among ten
thousand people two batches of hundreds always share a person's stream. So a batch beside another takes only
jobs whose conversation and people are in none that is under way. Who takes part in a conversation is
remembered from its last commit, for no more than this: a guess that is wrong costs a wait for a lock.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence

from imserver.store.jobs import Job, Pair

# Conversations that are remembered, 8 bytes each: one takes the place of another, and is then not known.
PLACES = 1 << 15
# People are told apart by so many bits, two of them and half of the conversation's hash fit into a place.
_PERSON_BITS, _CHECK_BITS = 16, 32
_PERSON_MASK, _CHECK_MASK = (1 << _PERSON_BITS) - 1, (1 << _CHECK_BITS) - 1


class Claims:
    """One writer's. People and conversations are numbers of 16 bits; two may have the same, and then wait."""

    def __init__(self) -> None:
        self._talks = array("Q", bytes(8 * PLACES))
        self._claimed: dict[int, int] = {}

    def is_free(self, job: Job) -> bool:
        """Tell whether nothing of what the job writes is claimed, as far as is known."""
        return self._claimed.keys().isdisjoint(self._keys(job))

    def claim(self, jobs: Sequence[Job]) -> list[int]:
        """Claim what the jobs write; return what ``give_back`` takes."""
        keys = [key for job in jobs for key in self._keys(job)]
        claimed = self._claimed
        for key in keys:
            claimed[key] = claimed.get(key, 0) + 1
        return keys

    def give_back(self, keys: Iterable[int]) -> None:
        """The batch is written, or has failed."""
        claimed = self._claimed
        for key in keys:
            left = claimed[key] - 1
            if left:
                claimed[key] = left
            else:
                del claimed[key]

    def learn(self, talks: Mapping[Pair, Sequence[Pair]]) -> None:
        """Remember who takes part in conversations of two; of larger ones nothing is known."""
        for conversation, people in talks.items():
            if len(people) == 2:
                place = hash(conversation)
                first, second = people
                self._talks[place % PLACES] = (
                    (place >> 16 & _CHECK_MASK) << 2 * _PERSON_BITS
                    | (hash(first) & _PERSON_MASK) << _PERSON_BITS
                    | hash(second) & _PERSON_MASK
                )

    def _keys(self, job: Job) -> tuple[int, ...]:
        place = hash(job.conversation)
        known = self._talks[place % PLACES]
        # Behind those of people.
        conversation = _PERSON_MASK + 1 + (place & _PERSON_MASK)
        if known >> 2 * _PERSON_BITS == place >> 16 & _CHECK_MASK:
            return conversation, known & _PERSON_MASK, known >> _PERSON_BITS & _PERSON_MASK
        return conversation, hash((job.conversation[0], job.user_id)) & _PERSON_MASK
