"""The conformance suites bite: a plugin with a fault fails the tests that are about it, and no others."""

import re
import subprocess
import sys
from pathlib import Path

EXPECTED = {
    "TestGoodConfig": set(),
    "TestLocalTime": {"test_the_same_bytes_anywhere_and_at_any_time"},
    "TestOwnFolder": {
        "test_the_same_bytes_anywhere_and_at_any_time",
        "test_the_dump_generates_the_same_files",
    },
    "TestHashOrder": {"test_the_same_bytes_anywhere_and_at_any_time"},
    "TestFolderOrder": {"test_the_same_bytes_anywhere_and_at_any_time"},
    "TestWritesBeside": {
        "test_nothing_is_written_outside_the_workspace",
        "test_a_failure_leaves_nothing",
    },
    "TestChangesFolder": {"test_nothing_is_written_outside_the_workspace"},
    "TestLaunchesFromHome": {"test_its_launch_fits_any_machine"},
    "TestForgetsWhenDumped": {"test_the_dump_generates_the_same_files"},
    "TestPrintsAnObject": {"test_it_prints_for_people"},
    "TestWrongEntryPoint": {"test_is_found_by_its_tag", "test_a_run_holds_it_as_the_class_it_is"},
    "TestGoodSource": set(),
    "TestReadsEverything": {"test_nothing_is_read_before_it_is_used"},
    "TestLeavesAFileOpen": {"test_its_files_are_closed_at_the_end"},
    "TestHidesWhatIsMissing": {"test_what_is_missing_is_said_by_name"},
    "TestChangesItself": {"test_opening_does_not_change_the_description"},
    "TestKeepsOneDataset": {
        "test_two_openings_are_equal_and_independent",
        "test_nothing_is_read_before_it_is_used",
    },
    "TestChangesTheEnvironment": {"test_the_callers_process_stays_as_it_was"},
    "TestOptimist": {"test_missing_output_is_no_success"},
    "TestMover": {"test_output_stays_as_it_was", "test_it_can_be_repeated"},
}


HARDLY_PASSES = {
    "TestSaysYes": {
        "test_a_model_that_ends_well_succeeded",
        "test_a_model_that_ends_badly_failed",
        "test_what_executes_nothing_does_not_succeed",
        "test_a_model_that_hangs_is_ended_with_its_children",
        "test_words_and_environment_reach_the_model_as_they_are",
    },
    "TestCareless": {
        "test_get_replaces_a_link_and_does_not_write_through_it",
        "test_linking_never_destroys_the_source",
        "test_a_name_cannot_lead_out_of_the_folder",
        "test_a_folder_with_files_of_somebody_else_is_not_replaced",
        "test_a_link_leads_to_the_source_or_is_refused",
    },
}
"""What fails among other things."""


def test_faults_fail_what_is_about_them_and_nothing_else():
    """All in one test, so that all suites run once."""
    failed, told = _outcomes()
    assert {name: failed[name] for name in EXPECTED} == EXPECTED, told[-20000:]
    for name, tests in HARDLY_PASSES.items():
        assert tests <= failed[name]


def _outcomes():
    """Names of failed tests by class, for every class that was run, and what pytest said."""
    sloppy = Path(__file__).with_name("sloppy.py")
    command = [sys.executable, "-m", "pytest", str(sloppy), "-p", "no:cacheprovider", "-v", "--tb=short"]
    # Faults of what takes processes of its own to see need not be looked for in all tests.
    same_bytes = "TestGoodConfig or TestLocalTime or TestOwnFolder or TestHashOrder or TestFolderOrder"
    command += [
        "-k",
        f"(not TestChangesTheEnvironment or test_the_callers) and (not test_the_same_bytes or {same_bytes})",
        "-o",
        "addopts=--import-mode=importlib",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    failed = {}
    for name, test, outcome in re.findall(r"::(\w+)::(\w+)\S* (PASSED|FAILED|ERROR|SKIPPED)", done.stdout):
        failed.setdefault(name, set())
        if outcome in ("FAILED", "ERROR"):
            failed[name].add(test)
    assert failed, done.stdout + done.stderr
    return failed, done.stdout
