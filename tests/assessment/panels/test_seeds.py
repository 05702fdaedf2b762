"""Seeds: what is promised can be checked with ordinary tools, and an order follows from the seed alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from services.assessment.panels.seeds import commitment, draw_seed, drawn, keyed, ordered, pool_digest
from services.assessment.register.authority import Nomination

SOMEBODY = Nomination("n1", "network", "women", None, ("forum_member",), ("km", "en"), ("KHM",), "person")


def test_a_seed_is_new_each_time_and_its_commitment_is_the_hash_of_what_is_written() -> None:
    seed = draw_seed()
    assert len(seed) == 64
    assert seed != draw_seed()
    assert commitment("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert commitment(seed) == hashlib.sha256(seed.encode()).hexdigest()


def test_the_digest_depends_on_who_is_in_the_pool_and_neither_on_order_nor_on_who_they_are() -> None:
    other = replace(SOMEBODY, id="n2", organization_id="o")
    assert pool_digest([SOMEBODY, other]) == pool_digest([other, SOMEBODY])
    assert pool_digest([SOMEBODY]) == pool_digest([replace(SOMEBODY, person_id=None, languages=("en", "km"))])
    assert pool_digest([SOMEBODY]) != pool_digest([SOMEBODY, other])
    assert pool_digest([SOMEBODY]) != pool_digest([replace(SOMEBODY, constituency="farmers")])


def test_an_order_is_of_its_seed_and_purpose_and_a_draw_is_its_beginning() -> None:
    names = [str(number) for number in range(50)]
    order = ordered("seed", "draw", names)
    assert sorted(order) == sorted(names)
    assert order == ordered("seed", "draw", reversed([*names, *names]))
    assert order != ordered("other", "draw", names)
    assert order != ordered("seed", "names", names)
    assert drawn("seed", "draw", names, 5) == order[:5]
    assert drawn("seed", "draw", names, 500) == order
    assert drawn("seed", "draw", [], 3) == []
    assert keyed("seed", "draw", "1") == keyed("seed", "draw", "1")
