"""The consumer of the Channels tutorial, part 3 ("Rewrite chat server as asynchronous"); and one that saves."""

import json

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer


class ChatConsumer(AsyncWebsocketConsumer):
    """As in the tutorial."""

    async def connect(self):
        self.room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.room_group_name = f"chat_{self.room_name}"

        # Join room group
        await self.channel_layer.group_add(self.room_group_name, self.channel_name)

        await self.accept()

    async def disconnect(self, close_code):
        # Leave room group
        await self.channel_layer.group_discard(self.room_group_name, self.channel_name)

    # Receive message from WebSocket
    async def receive(self, text_data):
        text_data_json = json.loads(text_data)
        message = text_data_json["message"]

        # Send message to room group
        await self.channel_layer.group_send(self.room_group_name, {"type": "chat.message", "message": message})

    # Receive message from room group
    async def chat_message(self, event):
        message = event["message"]

        # Send message to WebSocket
        await self.send(text_data=json.dumps({"message": message}))


class SavingChatConsumer(ChatConsumer):
    """The same, saving each message through the ORM before it is sent on."""

    async def receive(self, text_data):
        await self.save_message(json.loads(text_data)["message"])
        await super().receive(text_data)

    @database_sync_to_async
    def save_message(self, message):
        from .models import Message

        Message.objects.create(room=self.room_name, content=message)
