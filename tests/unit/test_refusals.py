"""Refusals: a class for each code, the conflicts among them, and the order in which an answer lists them."""

from gateway.domain.errors import Code, Conflict, Fault, Refusal, Single


def test_every_code_of_a_refused_write_has_one_class_of_its_own():
    classes = [*Single.__subclasses__(), *Conflict.__subclasses__()]
    codes = [refusal.code for refusal in classes if refusal is not Conflict]

    assert len(codes) == len(set(codes))
    # Rows are rolled back because of another row's refusal; nothing raises it.
    assert set(Code) - set(codes) == {Code.ROLLED_BACK}


def test_conflicts_are_the_codes_that_the_state_of_the_entry_causes():
    conflicts = [code.name for code in Code if code.is_conflict]

    assert conflicts == [
        "STALE_REVISION",
        "RECORD_ALREADY_APPROVED",
        "RECORD_ALREADY_REJECTED",
        "RECORD_ALREADY_UNREJECTED",
        "TIMER_ALREADY_STOPPED",
    ]


def test_what_says_least_about_the_record_comes_first_and_faults_of_one_code_keep_their_order():
    codes = [Code.ROLLED_BACK, Code.INVALID_ATTRIBUTE, Code.LIMIT_EXCEEDED, Code.STALE_REVISION, Code.ACCESS_DENIED]
    faults = [Fault(code, name, ()) for code in [*codes, Code.RECORD_NOT_FOUND] for name in ("one", "two")]

    refusal = Refusal(faults)

    assert [fault.code for fault in refusal.faults[::2]] == [Code.RECORD_NOT_FOUND, *reversed(codes)]
    assert [fault.message for fault in refusal.faults] == ["one", "two"] * 6
