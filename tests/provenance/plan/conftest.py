"""What holds between two runs of which parts are compared."""

import pytest


def _contents(manifest, artefact):
    return artefact.value, [(name, manifest.files[name].sha256) for name in artefact.paths]


@pytest.fixture(scope="session")
def compared():
    """``compared(one, other)``: of each part that two manifests have, whether its recipe and its bytes are the same."""

    def compare(one, other):
        former = {artefact.field: artefact for artefact in other.artefacts}
        for artefact in one.artefacts:
            before = former.get(artefact.field)
            if before is None:
                continue
            same_recipe = (
                artefact.recipe_sha256 is not None and artefact.recipe_sha256 == before.recipe_sha256
            )
            yield artefact.field, same_recipe, _contents(one, artefact) == _contents(other, before)

    return compare


@pytest.fixture(scope="session")
def files_of():
    """``files_of(workspace)``: content of every file that is not rompy's own record, by path."""

    def read(workspace):
        paths = [p for p in sorted(workspace.rglob("*")) if p.is_file() and ".rompy" not in p.parts]
        return {p.relative_to(workspace).as_posix(): p.read_bytes() for p in paths}

    return read
