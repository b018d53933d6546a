"""The addresses of the pages of notifications and tasks."""

from django.urls import path

from notifications.views import devices, notifications, tasks, unsubscribe, web_app

urlpatterns = [
    path("email/unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="email_unsubscribe"),
    path("notifications/", notifications.notifications_page, name="notifications"),
    path("notifications/read/", notifications.read_all, name="notifications_read"),
    path("notifications/<int:seq>/", notifications.open_notification, name="notification"),
    path("devices/", devices.devices, name="devices"),
    path("devices/renew/", devices.renew_device, name="device_renew"),
    path("devices/<int:pk>/test/", devices.test_device, name="device_test"),
    path("devices/<int:pk>/remove/", devices.remove_device, name="device_remove"),
    path("sw.js", web_app.service_worker, name="service_worker"),
    path("manifest.webmanifest", web_app.manifest, name="manifest"),
    path("offline", web_app.offline, name="offline"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/<int:task_id>/", tasks.task_page, name="task"),
    path("tasks/<int:task_id>/complete/", tasks.complete, name="task_complete"),
    path("tasks/<int:task_id>/reopen/", tasks.reopen, name="task_reopen"),
    path("tasks/<int:task_id>/take/", tasks.take, name="task_take"),
    path("tasks/<int:task_id>/delete/", tasks.delete, name="task_delete"),
]
