"""What an entry may hang on: records that exist for the caller, a task of the deal's project, a person of theirs."""

from gateway.domain.access import Viewer
from gateway.domain.errors import Code, Fault, NotFound
from gateway.domain.facts import References
from gateway.domain.rights import Ownership, may_edit


def no_such_record(what: str, path: tuple[str, ...]) -> NotFound:
    """Return the refusal of an id that no record of the caller's organization has; `what` names the type."""
    return NotFound(f"There is no {what} with this id in your organization.", path=path)


def absence_faults(references: References, *, task_asked: bool) -> list[Fault]:
    """Return a fault for each record that the caller named and may not know of."""
    asked = (
        ("personId", "person", references.person is None),
        ("serviceId", "service", references.service is None),
        ("taskId", "task", task_asked and references.task is None),
    )
    return [fault for name, what, absent in asked if absent for fault in no_such_record(what, ("input", name)).faults]


def ownership_faults(references: References, viewer: Viewer, *, name: str = "personId") -> list[Fault]:
    """Return a fault when entries of this person on this deal are not the caller's to make."""
    person, service = references.person, references.service
    if person is None or service is None:
        return []
    owned = Ownership(person.id, person.manager_id, service.deal.responsible_id)
    if may_edit(viewer, owned):
        return []
    sentence = (
        f"You may not track time for person {person.id} on this service: "
        "only for yourself, for people you manage and on deals you own."
    )
    return [Fault(Code.ACCESS_DENIED, sentence, ("input", name))]


def task_faults(references: References) -> list[Fault]:
    """Return a fault when the task is not of the project of the service's deal."""
    task, service = references.task, references.service
    if task is None or service is None or task.project_id == service.deal.project_id:
        return []
    sentence = (
        f"Task {task.id} does not belong to the project that service {service.id} is sold for; choose one of its tasks."
    )
    return [Fault(Code.INVALID_ATTRIBUTE, sentence, ("input", "taskId"))]
