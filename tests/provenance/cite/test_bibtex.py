import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import parse_string

from rompy.core.citation import Citation
from rompy.provenance.cite.bibtex import entry_text, escaped, keyed, to_bibtex
from rompy.provenance.cite.models import READY

PAPER = Citation("A third-generation model", ("Booij, N.", "Ris, R. C."), 1999, "article", {"journal": "JGR"})


def parsed(*citations):
    return parse_string(to_bibtex(keyed(citations)), "bibtex").entries


def test_entries_are_what_bibtex_reads():
    (key,), (entry,) = parsed(PAPER).keys(), parsed(PAPER).values()
    assert key == "booij-1999-thirdgeneration"
    assert entry.type == "article"
    assert [str(person) for person in entry.persons["author"]] == ["Booij, N.", "Ris, R. C."]
    assert dict(entry.fields) == {"title": "{A third-generation model}", "year": "1999", "journal": "JGR"}


@pytest.mark.parametrize("character", list('\\{}$&#%_^~"'))
def test_what_latex_would_misread_is_written_out(character):
    text = escaped(f"a{character}b")
    assert text.startswith("a\\")
    assert text.count("{") == text.count("}")
    assert f"a{character}b" not in text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_whatever_the_texts_are_bibtex_reads_it(title, author, url):
    entries = parsed(Citation(title, (author,), 2020, "misc", {"url": url, "note": title}))
    assert len(entries) == 1
    assert "\n" not in next(iter(entries.values())).fields["title"]


@given(
    st.permutations([PAPER, Citation("Another", ("Booij, N.",), 1999), *READY["schism"], *READY["xbeach"]])
)
def test_keys_do_not_depend_on_the_order(citations):
    assert to_bibtex(keyed(citations)) == to_bibtex(keyed(sorted(citations, key=entry_text)))


def test_two_works_with_one_key_are_told_apart_and_one_work_is_told_once():
    one = Citation("Third thoughts", ("Ris, R.",), 2000)
    two = Citation("Third, and more", ("Ris, R.",), 2000)
    assert list(keyed([one, two, one])) == ["ris-2000-thirda", "ris-2000-thirdb"]


def test_organisations_and_names_with_and_stay_whole():
    (entry,) = parsed(Citation("X", ("{Waves and Tides Ltd.}", "Sand and Gravel, A."), 2001)).values()
    assert len(entry.persons["author"]) == 2


def test_software_tells_its_version_in_what_all_styles_print():
    (key,), (entry,) = (lambda e: (e.keys(), e.values()))(
        parsed(Citation("anuga: floods", ("{ANU}",), None, "software", {"version": "4.1.0"}))
    )
    assert key == "anuga-4.1.0"
    assert entry.type == "misc"
    assert entry.fields["note"] == "Computer software, version 4.1.0"


def test_ready_references_are_all_valid():
    works = {citation for citations in READY.values() for citation in citations}
    assert len(parsed(*works)) == len(works)
