"""People and the clients with which they visit pages."""

from django.test import Client

from rooms.models import User


def person(name: str) -> User:
    return User.objects.create_user(name, password="a-good-password")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
