"""The tag of an answer: another wherever the answer may be another."""

from dataclasses import replace
from typing import Any

from gateway.domain.access import Role, Viewer
from gateway.graphql.requests.request import GraphQLRequest
from gateway.graphql.tags import tag_of

DAY = 86_400_000
NOW = 1_754_028_000_000  # 2025-08-01T08:00:00+02:00
VIEWER = Viewer(
    organization_id=1,
    person_id=11,
    role=Role.MANAGER,
    can_see_costs=True,
    time_zone="Europe/Zagreb",
    timesheet_submission=False,
)


def tag(*, stamp=1, query="{ a }", variables=None, name=None, now=NOW, **viewer: Any) -> str:
    return tag_of(stamp, GraphQLRequest(query, variables, name), replace(VIEWER, **viewer), now)


def test_whatever_an_answer_depends_on_changes_its_tag():
    tags = [
        tag(),
        tag(stamp=2),
        tag(query="{ b }"),
        tag(variables={"a": 1}),
        tag(variables={"a": "1"}),
        tag(variables={"a": None}),
        tag(name="A"),
        tag(query="A{ a }", name=""),
        tag(organization_id=2),
        tag(person_id=12),
        tag(role=Role.ADMIN),
        tag(can_see_costs=False),
        tag(time_zone="Europe/London"),
        tag(timesheet_submission=True),
        tag(now=NOW + DAY),
    ]

    assert len(set(tags)) == len(tags)


def test_the_same_question_on_the_same_day_has_the_same_tag():
    assert tag(variables={"a": 1, "b": {"d": 2, "c": 3}}) == tag(variables={"b": {"c": 3, "d": 2}, "a": 1}, now=NOW + 1)
    assert tag(variables=None) == tag(variables={})


def test_the_day_is_that_of_the_organization():
    midnight = NOW + 16 * 3_600_000  # in Zagreb, and two hours before that of UTC

    assert tag(now=midnight - 1) == tag()
    assert tag(now=midnight) != tag()
