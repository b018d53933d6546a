"""The addresses of the pages of notifications and tasks."""

from django.urls import path

from notifications.views import notifications, tasks

urlpatterns = [
    path("notifications/", notifications.notifications_page, name="notifications"),
    path("notifications/read/", notifications.read_all, name="notifications_read"),
    path("notifications/<int:seq>/", notifications.open_notification, name="notification"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/<int:task_id>/", tasks.task_page, name="task"),
    path("tasks/<int:task_id>/complete/", tasks.complete, name="task_complete"),
    path("tasks/<int:task_id>/reopen/", tasks.reopen, name="task_reopen"),
    path("tasks/<int:task_id>/take/", tasks.take, name="task_take"),
    path("tasks/<int:task_id>/delete/", tasks.delete, name="task_delete"),
]
