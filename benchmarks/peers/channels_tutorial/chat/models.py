"""What the saving consumer keeps."""

from django.db import models


class Message(models.Model):
    """One message of a room."""

    room = models.CharField(max_length=64)
    content = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.content
