"""A plain DRF `ListCreateAPIView` on Parlor's own message model.

What it leaves out is what Parlor's does more: who may write in the room, its row lock, `client_id`, announcing.
"""

from itertools import count

from django.urls import path
from django.utils import timezone
from rest_framework.generics import ListCreateAPIView, get_object_or_404
from rest_framework.serializers import ModelSerializer

from chatproject.http import health
from rooms.models import Message, Room

seqs = count(1)  # of the one process that serves one room


class MessageSerializer(ModelSerializer):
    """A message."""

    class Meta:
        model = Message
        fields = ["id", "seq", "user_name", "content", "created_at"]
        read_only_fields = ["seq", "user_name", "created_at"]


class MessageList(ListCreateAPIView):
    """All messages; a new one."""

    queryset = Message.objects.order_by("id")
    serializer_class = MessageSerializer

    def perform_create(self, serializer):
        room = get_object_or_404(Room, name=self.kwargs["name"])
        seq, user = next(seqs), self.request.user
        serializer.save(
            room=room, seq=seq, version=seq, author=user, user_name=user.username, created_at=timezone.now()
        )


urlpatterns = [
    path("api/rooms/<str:name>/messages/", MessageList.as_view()),
    path("ready", health.ready),
    # The servers ask where uploads go, which may be larger.
    path("picture/", health.ready, name="profile_picture"),
    path("avatar/", health.ready, name="api_my_avatar"),
]
