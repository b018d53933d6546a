"""The views of a plain chat on Parlor's own models: DRF's generic views, and templates for the pages.

They read the same rows as Parlor's. What they leave out is what Parlor's do more: bans and archived rooms, the room's
row lock, `client_id`, announcing what is posted.
"""

from itertools import count

from django.contrib.auth.decorators import login_required
from django.db.models import Count, F
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from rest_framework.generics import ListAPIView, ListCreateAPIView, get_object_or_404
from rest_framework.pagination import CursorPagination
from rest_framework.serializers import CharField, IntegerField, ModelSerializer

from chatproject.http import health
from rooms.models import Membership, Message, Room, User

seqs = count(1)  # of the one process that serves one room


class AuthorSerializer(ModelSerializer):
    """Who wrote a message."""

    class Meta:
        model = User
        fields = ["id", "username", "display_name", "picture_digest"]


class MessageSerializer(ModelSerializer):
    """A message."""

    author = AuthorSerializer(read_only=True)

    class Meta:
        model = Message
        fields = ["id", "seq", "author", "content", "html", "reply_to_seq", "created_at", "edited_at", "deleted_at"]
        read_only_fields = ["seq", "html", "reply_to_seq", "created_at", "edited_at", "deleted_at"]


class RoomSerializer(ModelSerializer):
    """A room, with one's role in it."""

    role = CharField()

    class Meta:
        model = Room
        fields = ["name", "title", "description", "kind", "guests", "version", "last_seq", "created_at", "role"]


class UnreadSerializer(ModelSerializer):
    """How much of a room is unread."""

    room_name = CharField(source="room.name")
    unread = IntegerField()

    class Meta:
        model = Membership
        fields = ["room_name", "read_seq", "unread"]


class MessagePages(CursorPagination):
    """The newest messages first, as many as `limit` says."""

    ordering = "-seq"
    page_size = 50
    page_size_query_param = "limit"


class MessageList(ListCreateAPIView):
    """A room's messages; a new one."""

    serializer_class = MessageSerializer
    pagination_class = MessagePages

    def get_queryset(self):
        room = get_object_or_404(Room, name=self.kwargs["name"], memberships__user=self.request.user)
        return room.messages.select_related("author")

    def perform_create(self, serializer):
        room = get_object_or_404(Room, name=self.kwargs["name"])
        seq, user = next(seqs), self.request.user
        serializer.save(
            room=room, seq=seq, version=seq, author=user, user_name=user.username, created_at=timezone.now()
        )


class RoomList(ListAPIView):
    """One's rooms."""

    serializer_class = RoomSerializer

    def get_queryset(self):
        mine = Room.objects.filter(memberships__user=self.request.user)
        return mine.annotate(role=F("memberships__role")).order_by("name")


class UnreadList(ListAPIView):
    """One's rooms and how much of each is unread, counted without reading messages."""

    serializer_class = UnreadSerializer

    def get_queryset(self):
        return memberships(self.request.user)


def memberships(user):
    """Return a user's memberships with their rooms."""
    mine = Membership.objects.filter(user=user).select_related("room")
    return mine.annotate(unread=F("room__last_seq") - F("read_seq")).order_by("room__name")


def ping(request):
    """As Parlor's."""
    return HttpResponse("PONG!", content_type="text/plain")


@login_required
def room(request, name):
    """The newest messages, who is in the room, and one's rooms."""
    room = get_object_or_404(Room, name=name, memberships__user=request.user)
    newest = room.messages.select_related("author").prefetch_related("reactions").order_by("-seq")[:50]
    context = {
        "room": room,
        "messages": list(newest)[::-1],
        "members": room.memberships.select_related("user").order_by("user__username"),
        "memberships": memberships(request.user),
    }
    return render(request, "plain_room.html", context)


@login_required
def home(request):
    """One's rooms, and public ones to join."""
    others = Room.objects.filter(kind=Room.Kind.OPEN, closed_at=None).exclude(memberships__user=request.user)
    context = {
        "memberships": memberships(request.user),
        "open_rooms": others.annotate(member_count=Count("memberships")).order_by("name")[:100],
    }
    return render(request, "plain_home.html", context)


urlpatterns = [
    path("ping", ping),
    path("api/rooms/<str:name>/messages/", MessageList.as_view()),
    path("api/rooms/", RoomList.as_view()),
    path("api/unread/", UnreadList.as_view()),
    path("rooms/<str:name>/", room, name="room"),
    path("", home, name="home"),
    path("accounts/login/", ping, name="login"),
    path("ready", health.ready),
    # Parlor's server asks where uploads go, which may be larger.
    path("picture/", health.ready, name="profile_picture"),
    path("avatar/", health.ready, name="api_my_avatar"),
]
