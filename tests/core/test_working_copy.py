"""A working copy can be changed in any way without the original knowing, and duplicates no data."""

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, PrivateAttr

from rompy.core.types import RompyBaseModel
from rompy.core.working_copy import working_copy


class Leaf(RompyBaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, extra="allow")
    names: list[str] = []
    data: Any = None
    _copied: str | None = PrivateAttr(default=None)


class Tree(BaseModel):
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}
    pair: tuple[Leaf, int] | None = None


def test_everything_that_describes_is_new():
    tree = Tree(leaves=[Leaf(names=["a"], more=[1])], by_name={"x": Leaf(names=["b"])}, pair=(Leaf(), 1))
    before = tree.model_dump()
    copy = working_copy(tree)
    assert copy == tree
    copy.leaves[0].names.append("c")
    copy.leaves[0].more.append(2)
    copy.leaves.append(Leaf())
    copy.by_name["x"].names = ["d"]
    copy.pair[0].names.append("e")
    assert tree.model_dump() == before


def test_private_and_undeclared_attributes_stay_with_the_copy():
    leaf = Leaf()
    copy = working_copy(leaf)
    copy._copied = "somewhere"
    copy._seen = True
    assert leaf._copied is None
    assert not hasattr(leaf, "_seen")


def test_data_are_shared_not_duplicated():
    leaf = Leaf(data=np.zeros(3))
    assert working_copy(leaf).data is leaf.data


def test_one_object_at_two_places_stays_one_object():
    shared = Leaf()
    copy = working_copy(Tree(leaves=[shared], by_name={"x": shared}))
    assert copy.leaves[0] is copy.by_name["x"]
    assert copy.leaves[0] is not shared


def test_circles_end():
    leaf = Leaf()
    leaf.data = leaf
    assert working_copy(leaf).data.data is not leaf


def test_which_fields_were_given_is_kept():
    assert working_copy(Leaf(names=[])).model_fields_set == {"names"}
