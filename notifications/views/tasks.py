"""The pages of tasks: the list, and a task of its own, which works without scripts, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from notifications.models import Task
from notifications.selectors.tasks import get_task_for, tasks_for
from notifications.services.tasks import task_assign, task_complete, task_create, task_delete, task_reopen, task_update
from notifications.views.forms import NewTaskForm, TaskForm
from notifications.views.task_rows import shown_tasks
from rooms.errors import NotFound, ServiceError
from rooms.models import Room, User
from rooms.selectors.people import get_person
from rooms.selectors.room_titles import titles_for
from rooms.selectors.rooms import get_room_for, rooms_for
from rooms.views.forms import add_service_error
from rooms.views.request import SignedInRequest, act_and_notify, get_room_or_404
from rooms.views.room import whole_number

TASKS_PER_PAGE = 50
MAX_PAGES = 1000
SHOWN = {"mine": gettext_lazy("Mine"), "created": gettext_lazy("Created by me"), "all": gettext_lazy("All")}
STATES = {Task.State.OPEN: gettext_lazy("Open"), Task.State.DONE: gettext_lazy("Done")}


@never_cache
@login_required
def task_list(request: SignedInRequest) -> HttpResponse:
    """The list of tasks, by `show` and `state`, of a `room` or of one of its messages; a POST creates a task."""
    room_name, seq = request.GET.get("room", ""), whole_number(request.GET.get("message", ""))
    room = get_room_or_404(request, room_name) if room_name else None
    rooms = _rooms_to_choose(request.user, room)
    form = NewTaskForm(request.POST or None, rooms=rooms, initial={"room": room.name if room else ""})
    if request.method == "POST" and form.is_valid() and (made := _create(request, form)) is not None:
        return act_and_notify(request, lambda: _("Task created.")) or redirect(made)
    show = request.GET.get("show", "")
    if show not in SHOWN:
        show = "all" if room else "mine"
    state = None if seq and room else request.GET.get("state", "")
    if state is not None and state not in STATES:
        state = Task.State.OPEN
    tasks = _filtered(request.user, show, state, room, seq)
    page = max(1, min(whole_number(request.GET.get("page", "")) or 1, MAX_PAGES))
    found = list(tasks[(page - 1) * TASKS_PER_PAGE : page * TASKS_PER_PAGE + 1])
    place = {"show": show, "state": state, "room": room_name, "message": seq if room else None}
    context = {
        "listing_tasks": True,
        "tasks": shown_tasks(request.user, found[:TASKS_PER_PAGE]),
        "form": form,
        "chosen_room": room,
        "room_title": titles_for(request.user, [room])[room.pk] if room else None,
        "rooms": rooms,
        "seq": seq if room else None,
        "show": show,
        "state": state,
        "tabs": [(label, _address(place | {"show": name}), name == show) for name, label in SHOWN.items()],
        "states": [(label, _address(place | {"state": name}), name == state) for name, label in STATES.items()],
        "all_of_room": _address({"room": room_name}),
        "earlier": _address(place | {"page": page - 1}) if page > 1 else None,
        "later": _address(place | {"page": page + 1}) if len(found) > TASKS_PER_PAGE else None,
    }
    return render(request, "tasks/list.html", context, status=400 if form.errors else 200)


def _rooms_to_choose(user: User, room: Room | None) -> list[tuple[Room, str]]:
    """The user's rooms by title, and the one that the page is about."""
    rooms = [one for one in rooms_for(user) if one.closed_at is None]
    if room is not None and room.closed_at is None and room not in rooms:
        rooms.append(room)
    titles = titles_for(user, rooms)
    return sorted(((one, titles[one.pk]) for one in rooms), key=lambda pair: pair[1].casefold())


def _filtered(user: User, show: str, state: str | None, room: Room | None, seq: int | None) -> QuerySet[Task]:
    """The tasks to list: open ones with the nearest due date first, done ones by when they were completed."""
    tasks = tasks_for(user)
    if show != "all":
        tasks = tasks.filter(**{"assignee" if show == "mine" else "created_by": user})
    if room is not None:
        tasks = tasks.filter(room=room)
        if seq is not None:
            tasks = tasks.filter(message__seq=seq)
    if state == Task.State.DONE:
        return tasks.filter(state=state).order_by("-completed_at", "-id")
    if state is not None:
        tasks = tasks.filter(state=state)
    return tasks.order_by("-state", F("due_on").asc(nulls_last=True), "-id")


def _address(query: dict[str, Any]) -> str:
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('tasks')}?{given}" if given else reverse("tasks")


def _create(request: SignedInRequest, form: NewTaskForm) -> str | None:
    """Create the task of a valid form and return the address of a list with it; None if it was refused."""
    given = form.cleaned_data
    try:
        task = task_create(
            by=request.user,
            title=given["title"],
            description=given["description"],
            assignee=_assignee(given["assignee"]),
            due_on=given["due_on"],
            room=get_room_for(request.user, given["room"]) if given["room"] else None,
        )
    except ServiceError as error:
        add_service_error(form, error)
        return None
    show = "mine" if task.assignee == request.user else "created"
    return f"{_address({'show': show, 'room': given['room']})}#task-{task.pk}"


def _assignee(name: str) -> User | None:
    """The user with this name, None for no name. Raises NotFound, which names the field."""
    if not name.strip():
        return None
    try:
        return get_person(name.strip().removeprefix("@"))
    except NotFound as error:
        raise NotFound(_("No user named “%(name)s”."), {"name": name.strip()}, field="assignee") from error


@never_cache
@login_required
def task_page(request: SignedInRequest, task_id: int) -> HttpResponse:
    """A task with its details; a POST changes it."""
    task = _get_task_or_404(request, task_id)
    (shown,) = shown_tasks(request.user, [task])
    initial = {
        "title": task.title,
        "description": task.description,
        "assignee": task.assignee.username if task.assignee else "",
        "due_on": task.due_on,
    }
    form = TaskForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            assignee = _assignee(given["assignee"])
            task_update(
                by=request.user,
                task=task,
                title=given["title"],
                description=given["description"],
                due_on=given["due_on"],
                assignee=assignee,
            )
            return act_and_notify(request, lambda: _("Task saved.")) or redirect("task", task_id=task.pk)
        except ServiceError as error:
            add_service_error(form, error)
    context = {"listing_tasks": True, "one": shown, "task": task, "form": form}
    return render(request, "tasks/task.html", context, status=400 if form.errors else 200)


def _get_task_or_404(request: SignedInRequest, task_id: int) -> Task:
    try:
        return get_task_for(request.user, task_id)
    except NotFound as error:
        raise Http404 from error


def task_action(act: Callable[[SignedInRequest, Task], str]) -> Callable[..., HttpResponse]:
    """Make a view for a POST that changes a task and returns to the page it came from, which `next` names.

    `act` returns the notice to show; an error shows the service's sentence. A script gets only the notice.
    """

    @require_POST
    @login_required
    def view(request: SignedInRequest, task_id: int) -> HttpResponse:
        task = _get_task_or_404(request, task_id)
        if (answer := act_and_notify(request, lambda: act(request, task))) is not None:
            return answer
        address = request.POST.get("next", "")
        return redirect(address if url_has_allowed_host_and_scheme(address, None) else "tasks")

    return view


@task_action
def complete(request: SignedInRequest, task: Task) -> str:
    """Mark a task as done."""
    task_complete(by=request.user, task=task)
    return _("Task done.")


@task_action
def reopen(request: SignedInRequest, task: Task) -> str:
    """Mark a task as open again."""
    task_reopen(by=request.user, task=task)
    return _("Task reopened.")


@task_action
def take(request: SignedInRequest, task: Task) -> str:
    """Assign a task to the user."""
    task_assign(by=request.user, task=task, assignee=request.user)
    return _("Task assigned to you.")


@task_action
def delete(request: SignedInRequest, task: Task) -> str:
    """Delete a task."""
    task_delete(by=request.user, task=task)
    return _("Task deleted.")
