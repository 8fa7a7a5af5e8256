"""Forty random operations and sixty broken ones; scripts/soak/fuzz.py sends five thousand of each."""

from tests.support.random.fuzzing import fuzz, fuzzing


async def test_no_random_request_causes_a_fault_or_answers_more_than_it_costs(tmp_path):
    async with fuzzing(tmp_path, entries=80) as fuzzed:
        findings = await fuzz(fuzzed, 1, valid=40, broken=60)

    assert findings.faults == []
    assert findings.codes["answered"] >= 20
    assert findings.codes["GRAPHQL_VALIDATION_FAILED"] >= 8
