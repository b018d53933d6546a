"""The Django admin: everything registered, and whatever people would notice live done through the services."""

from rooms.admin.messages import MessageAdmin
from rooms.admin.people import PersonAdmin
from rooms.admin.rooms import BanAdmin, MembershipAdmin, RoomAdmin

__all__ = ["BanAdmin", "MembershipAdmin", "MessageAdmin", "PersonAdmin", "RoomAdmin"]
