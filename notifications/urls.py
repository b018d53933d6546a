"""The addresses of the pages about notifications."""

from django.urls import path

from notifications.views import notifications

urlpatterns = [
    path("notifications/", notifications.notifications_page, name="notifications"),
    path("notifications/read/", notifications.read_all, name="notifications_read"),
    path("notifications/<int:seq>/", notifications.open_notification, name="notification"),
]
