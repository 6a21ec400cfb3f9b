from rompy.jobs.state import JobState


def test_states_only_move_forward():
    assert JobState.pending.order < JobState.running.order
    for state in set(JobState) - {JobState.pending, JobState.running}:
        assert state.is_final
        assert state.order > JobState.running.order
    assert not JobState.running.is_final


def test_states_read_and_write_as_plain_words():
    assert [str(state) for state in JobState] == [
        "pending",
        "running",
        "succeeded",
        "failed",
        "timeout",
        "cancelled",
        "lost",
    ]
    assert JobState("timeout") is JobState.timeout
