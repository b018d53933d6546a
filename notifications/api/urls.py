"""The addresses of topics, notifications and tasks in the REST API, under `/api/`."""

from django.urls import path

from notifications.api.devices import DeviceListView, DeviceTestView, DeviceView
from notifications.api.notifications import (
    MyNotificationsView,
    NotificationReadView,
    NotificationsReadView,
    PublishView,
    TopicNotificationsView,
)
from notifications.api.tasks import TaskAssignView, TaskCompleteView, TaskListView, TaskReopenView, TaskView
from notifications.api.topics import TopicListView, TopicView

urlpatterns = [
    path("topics/", TopicListView.as_view(), name="api_topics"),
    path("topics/<str:name>/", TopicView.as_view(), name="api_topic"),
    path("topics/<str:name>/notifications/", TopicNotificationsView.as_view(), name="api_topic_notifications"),
    path("topics/<str:name>/publish/", PublishView.as_view(), name="api_publish"),
    path("notifications/", MyNotificationsView.as_view(), name="api_notifications"),
    path("notifications/<int:seq>/read/", NotificationReadView.as_view(), name="api_notification_read"),
    path("notifications/read/", NotificationsReadView.as_view(), name="api_notifications_read"),
    path("devices/", DeviceListView.as_view(), name="api_devices"),
    path("devices/<int:device_id>/", DeviceView.as_view(), name="api_device"),
    path("devices/<int:device_id>/test/", DeviceTestView.as_view(), name="api_device_test"),
    path("tasks/", TaskListView.as_view(), name="api_tasks"),
    path("tasks/<int:task_id>/", TaskView.as_view(), name="api_task"),
    path("tasks/<int:task_id>/assign/", TaskAssignView.as_view(), name="api_task_assign"),
    path("tasks/<int:task_id>/complete/", TaskCompleteView.as_view(), name="api_task_complete"),
    path("tasks/<int:task_id>/reopen/", TaskReopenView.as_view(), name="api_task_reopen"),
]
