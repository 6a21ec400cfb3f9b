import sys

from matplotlib import image

from rompy_anuga.postprocess.figure import new_figure, save_picture, set_title


def drawn():
    figure = new_figure(4, 3)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1])
    set_title(axes, "Title", "subtitle")
    return figure


def test_pictures_are_png_of_the_size_asked_for_and_byte_identical(tmp_path):
    first = save_picture(drawn(), tmp_path / "a.png")
    second = save_picture(drawn(), tmp_path / "b.png")
    assert first.read_bytes() == second.read_bytes()
    assert image.imread(first).shape[:2] == (480, 640)


def test_figures_are_unknown_to_pyplot():
    drawn()
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
