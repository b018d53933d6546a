"""The addresses of the pages."""

from django.urls import path

from rooms.views import accounts, avatars, blocks, emoji, home, invitations, members, people, profile, room, tokens

urlpatterns = [
    path("", home.home, name="home"),
    path("rooms/", home.create_room, name="room_create"),
    path("rooms/<str:name>/", room.room, name="room"),
    path("rooms/<str:name>/settings/", room.room_settings, name="room_settings"),
    path("rooms/<str:name>/close/", room.close_room, name="room_close"),
    path("rooms/<str:name>/reopen/", room.reopen_room, name="room_reopen"),
    path("rooms/<str:name>/join/", members.join, name="room_join"),
    path("rooms/<str:name>/hide/", members.hide, name="room_hide"),
    path("rooms/<str:name>/leave/", members.leave, name="room_leave"),
    path("rooms/<str:name>/members/", room.room_members, name="room_members"),
    path("rooms/<str:name>/members/invite/", invitations.invite, name="member_invite"),
    path("rooms/<str:name>/members/withdraw/", invitations.withdraw, name="member_withdraw"),
    path("rooms/<str:name>/members/role/", members.set_role, name="member_set_role"),
    path("rooms/<str:name>/members/remove/", members.remove, name="member_remove"),
    path("rooms/<str:name>/members/ban/", members.ban, name="member_ban"),
    path("rooms/<str:name>/members/unban/", members.unban, name="member_unban"),
    path("emoji.json", emoji.emoji, name="emoji"),
    path("invitations/<str:name>/accept/", invitations.accept, name="invitation_accept"),
    path("invitations/<str:name>/decline/", invitations.decline, name="invitation_decline"),
    path("people/block/", blocks.block, name="block"),
    path("people/unblock/", blocks.unblock, name="unblock"),
    path("people/write/", people.write_to, name="write_to"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("accounts/profile/picture/", profile.picture, name="profile_picture"),
    path("accounts/profile/picture/remove/", profile.remove_picture, name="profile_picture_remove"),
    path("avatars/<slug:digest>.webp", avatars.avatar, name="avatar"),
    path("accounts/setup/", accounts.SetUp.as_view(), name="setup"),
    path("accounts/signup/", accounts.SignUp.as_view(), name="signup"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", accounts.SignOut.as_view(), name="logout"),
    path("accounts/tokens/", tokens.tokens, name="tokens"),
    path("accounts/tokens/<int:pk>/revoke/", tokens.revoke_token, name="token_revoke"),
    path("accounts/password/", accounts.PasswordChange.as_view(), name="password_change"),
    path("accounts/password/reset/", accounts.PasswordReset.as_view(), name="password_reset"),
    path("accounts/password/reset/sent/", accounts.PasswordResetSent.as_view(), name="password_reset_done"),
    path(
        "accounts/password/reset/<uidb64>/<token>/",
        accounts.PasswordResetConfirm.as_view(),
        name="password_reset_confirm",
    ),
]
