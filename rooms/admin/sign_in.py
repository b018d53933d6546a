"""Keeps django-allauth's own tables out of the admin: the services that write them know what follows from it."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin

admin.site.unregister([EmailAddress, Authenticator])
