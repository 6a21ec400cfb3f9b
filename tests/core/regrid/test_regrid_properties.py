"""What holds for any field on any grid: constants stay, linear fields are exact, integrals are kept."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from rompy.core.regrid import Curved, Rectangular, Scattered, Triangles
from rompy.core.regrid.conservative import cell_areas
from rompy.core.regrid.fields import weights_between
from rompy.errors import CoverageError

PLANE = "EPSG:28355"
often = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def axis(draw, low, high, least=2, most=12):
    inner = draw(
        st.lists(
            st.floats(0.02, 0.98), min_size=least - 2, max_size=most - 2, unique_by=lambda v: round(v, 2)
        )
    )
    found = low + (high - low) * np.array([0.0, *sorted(inner), 1.0])
    return found[::-1] if draw(st.booleans()) else found


@st.composite
def rectangles(draw, low=0.0, high=10.0, crs=PLANE):
    return Rectangular(axis(draw, low, high), axis(draw, low, high), crs=crs)


@st.composite
def curves(draw, low=0.0, high=10.0, crs=PLANE):
    """A net that is turned, sheared and bent, without folding over."""
    i, j = np.meshgrid(
        np.linspace(-1, 1, draw(st.integers(2, 9))), np.linspace(-1, 1, draw(st.integers(2, 9)))
    )
    bend, angle = draw(st.floats(-0.2, 0.2)), draw(st.floats(0, 6.28))
    x, y = i + bend * j**2, j + bend * i**2 + 0.2 * i
    x, y = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    middle, half = (low + high) / 2, (high - low) / 2
    return Curved(middle + half * x, middle + half * y, crs=crs)


@st.composite
def meshes(draw, low=0.0, high=10.0, crs=PLANE, at="nodes"):
    from scipy.spatial import Delaunay

    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    xy = np.concatenate([[(0, 0), (1, 0), (1, 1), (0, 1)], random.random((draw(st.integers(1, 30)), 2))])
    xy = low + (high - low) * xy
    triangles = Delaunay(xy).simplices
    (x0, x1, x2), (y0, y1, y2) = xy[triangles, 0].T, xy[triangles, 1].T
    wide = np.abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) > 1e-9
    return Triangles(xy[:, 0], xy[:, 1], triangles[wide].astype("int64"), crs=crs, at=at)


@st.composite
def points(draw, low=0.0, high=10.0, crs=PLANE):
    mesh = draw(meshes(low, high, crs))
    return Scattered(mesh.x, mesh.y, crs=crs)


ANY = st.one_of(rectangles(), curves(), meshes(), points())
TARGETS = st.one_of(rectangles(2, 7), curves(3, 8), meshes(1, 9), points(1, 12))
CELLS = st.one_of(rectangles(), curves(), meshes(at="triangles"))


def weights_where_they_meet(source, target, method, **kwargs):
    """As ``weights_between``; both are drawn anew when no point of the target lies within the source."""
    try:
        return weights_between(source, target, method, **kwargs)
    except CoverageError:
        reject()


def moved(source, target, method, values, **kwargs):
    return weights_between(source, target, method, **kwargs).apply(values, 1e-6)


@often
@given(ANY, TARGETS, st.floats(-1e3, 1e3))
@pytest.mark.parametrize("method", ["bilinear", "nearest"])
def test_a_constant_stays_one(method, source, target, constant):
    options = {"reach": 100.0} if method == "nearest" else {}
    weights = weights_where_they_meet(source, target, method, **options)
    found = weights.apply(np.full(source.shape, constant))
    there = weights.covered > 0
    assert there.any()
    np.testing.assert_allclose(found[there], constant, rtol=1e-12, atol=1e-300)
    assert np.isnan(found[~there]).all()


@often
@given(CELLS, st.one_of(rectangles(2, 7), curves(3, 8), meshes(1, 9, at="triangles")), st.floats(-1e3, 1e3))
def test_a_constant_stays_one_in_the_mean_over_cells(source, target, constant):
    weights = weights_where_they_meet(source, target, "conservative")
    found = weights.apply(np.full(source.shape, constant), 1e-6)
    there = weights.covered > 1e-6
    np.testing.assert_allclose(found[there], constant, rtol=1e-9, atol=1e-300)
    assert (weights.covered < 1 + 1e-9).all()


@often
@given(ANY, TARGETS, st.tuples(*[st.floats(-5, 5)] * 3))
def test_a_linear_field_is_exact(source, target, c):
    weights = weights_where_they_meet(source, target, "bilinear")
    x, y = source.points
    found = weights.apply((c[0] + c[1] * x + c[2] * y).reshape(source.shape)).ravel()
    x, y = target.points
    there = weights.covered.ravel() > 0
    np.testing.assert_allclose(found[there], (c[0] + c[1] * x + c[2] * y)[there], atol=2e-5)


@often
@given(rectangles(), st.tuples(*[st.floats(-3, 3)] * 4), st.lists(st.floats(0, 10), min_size=5, max_size=5))
def test_a_product_of_two_linear_fields_is_exact_between_rows_and_columns(source, c, at):
    def field(x, y):
        return c[0] + c[1] * x + c[2] * y + c[3] * x * y

    x, y = source.points
    target = Scattered(at, at[::-1], crs=PLANE)
    found = moved(source, target, "bilinear", field(x, y).reshape(source.shape))
    np.testing.assert_allclose(found, field(target.x, target.y), atol=1e-9)


@often
@given(
    CELLS,
    st.one_of(rectangles(-40, 50), curves(-40, 50), meshes(-40, 50, at="triangles")),
    st.integers(0, 1000),
)
def test_the_integral_is_kept_where_the_target_covers_the_source(source, target, seed):
    values = np.random.default_rng(seed).normal(size=source.shape)
    weights = weights_between(source, target, "conservative")
    found = weights.apply(values, 1e-9)
    areas = cell_areas(target.corners, False).reshape(target.shape)
    inside = np.nansum(found * weights.covered * areas)
    theirs = cell_areas(source.corners, False).reshape(source.shape)
    assert inside == pytest.approx((values * theirs).sum(), abs=1e-7 * (np.abs(values) * theirs).sum())


@often
@given(st.integers(3, 40), st.integers(3, 20), st.floats(-180, 180), st.integers(0, 1000), st.integers(2, 30))
def test_the_integral_over_the_globe_is_kept_from_wherever_longitudes_count(nx, ny, west, seed, n):
    def globe(nx, ny, west):
        height = 180 / ny
        return Rectangular(west + np.arange(nx) * 360 / nx, -90 + height * (0.5 + np.arange(ny)))

    source, target = globe(nx, ny, west), globe(n + 1, n, -170.0)
    values = np.random.default_rng(seed).normal(size=source.shape)
    found = moved(source, target, "conservative", values)
    ours, theirs = (cell_areas(p.corners, True).reshape(p.shape) for p in (target, source))
    assert (found * ours).sum() == pytest.approx((values * theirs).sum(), abs=1e-8 * theirs.sum())
    assert ours.sum() == pytest.approx(360 * np.degrees(2))


@often
@given(st.one_of(rectangles(), curves(), points()), st.integers(0, 1000))
def test_the_nearest_of_a_grid_to_itself_is_the_same(source, seed):
    values = np.random.default_rng(seed).normal(size=source.shape)
    weights = weights_between(source, source, "nearest", reach=100.0)
    np.testing.assert_array_equal(weights.apply(values), values)
    np.testing.assert_array_equal(weights.apply(weights.apply(values)), values)


@often
@given(
    rectangles(110, 125, "EPSG:4326"),
    st.integers(-2, 2),
    st.sampled_from(["bilinear", "nearest", "conservative"]),
)
def test_longitudes_may_count_from_anywhere(source, turns, method):
    values = np.arange(float(source.size)).reshape(source.shape)
    at = [np.linspace(112.1, 123.3, 5), np.linspace(20.3, 40.7, 4)]
    source = Rectangular(source.x, 15 + (source.y - 110) * 2, crs="EPSG:4326")
    here = moved(source, Rectangular(*at), method, values)
    there = moved(source, Rectangular(at[0] + 360.0 * turns, at[1]), method, values)
    np.testing.assert_allclose(there, here, rtol=1e-9)
