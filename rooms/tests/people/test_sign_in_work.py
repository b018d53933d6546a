"""Signing in does the same work whether or not the account exists, so that its duration tells nothing."""

from __future__ import annotations

from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse

from rooms.models import User
from rooms.tests.support.api_case import PASSWORD, ApiCase


class CountingHasher(MD5PasswordHasher):
    """Counts the passwords that are hashed, which is what takes the time."""

    algorithm = "counting"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt)


class SameWork(ApiCase):
    """For a wrong password, an unknown name and a deactivated account."""

    def setUp(self) -> None:
        super().setUp()
        hashers = [f"{CountingHasher.__module__}.CountingHasher"]
        context = self.settings(PASSWORD_HASHERS=hashers)
        context.enable()
        self.addCleanup(context.disable)
        for user in (self.ann, self.ben):
            user.set_password(PASSWORD)
            user.save()
        User.objects.filter(pk=self.ben.pk).update(is_active=False)
        CountingHasher.hashed = 0

    def test_each_attempt_hashes_one_password(self) -> None:
        for number, (name, password) in enumerate((("nobody", "x"), ("ann", "wrong"), ("ben", PASSWORD)), start=1):
            with self.subTest(name):
                Client().post(reverse("login"), {"username": name, "password": password})
                assert CountingHasher.hashed == 2 * number - 1
                self.request("POST", "token/", {"username": name, "password": password})
                assert CountingHasher.hashed == 2 * number
