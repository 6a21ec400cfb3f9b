"""Names on a map cover neither each other nor the points."""

from hypothesis import given
from hypothesis import strategies as st

from rompy_anuga.postprocess.labels import _box, _overlap, labels_of


def test_names_lie_towards_the_middle():
    west, east = labels_of(["a", "b"], [(10, 10), (390, 10)], 200)
    assert (west.align, east.align) == ("left", "right")
    assert west.dx == -east.dx == 7


def test_a_name_makes_room_for_its_neighbour():
    names, places = ["lagoon", "beach"], [(160, 100), (120, 98)]
    boxes = [
        _box(
            label,
            *of,
        )
        for label, of in zip(
            labels_of(names, places, 200), [(n, *p) for n, p in zip(names, places, strict=True)], strict=True
        )
    ]
    assert not _overlap(*boxes)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=5, unique=True))
def test_a_few_points_at_some_distance_always_have_room(at):
    places = [(x * 60.0, y * 60.0) for x, y in at]
    names = [f"station {i}" for i in range(len(at))]
    labels = labels_of(names, places, 600)
    boxes = [_box(label, name, *place) for label, name, place in zip(labels, names, places, strict=True)]
    assert not any(_overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
