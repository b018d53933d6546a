"""The URLs of the admin, under `/admin/`. Importing this registers the models there."""

from django.contrib import admin

admin.autodiscover()
urlpatterns = admin.site.get_urls()
