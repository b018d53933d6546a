import django.db.models.deletion
import rooms.models.files
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Files: their content, uploads that go on, and which message each belongs to."""

    dependencies = [
        ('rooms', '0013_invitation_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='Blob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(default=rooms.models.files.new_key, editable=False, max_length=32, unique=True)),
                ('digest', models.CharField(editable=False, help_text='SHA-256.', max_length=64, null=True, unique=True)),
                ('size', models.PositiveBigIntegerField(help_text='Bytes.')),
                ('type', models.CharField(help_text='The media type, detected from the content.', max_length=100)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('thumbnail_width', models.PositiveIntegerField(null=True)),
                ('thumbnail_height', models.PositiveIntegerField(null=True)),
                ('placeholder', models.CharField(blank=True, help_text='A tiny version of a picture, as a data URL.', max_length=1000)),
                ('animated', models.BooleanField(default=False)),
                ('scanned', models.BooleanField(default=False, help_text='Whether a virus scanner found nothing in it.')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('digest__isnull', True)), fields=['created_at'], name='blob_incomplete')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=rooms.models.files.new_public_id, editable=False, max_length=36, unique=True)),
                ('name', models.CharField(max_length=200, verbose_name="name")),
                ('length', models.PositiveBigIntegerField(help_text='Bytes, as announced.')),
                ('offset', models.PositiveBigIntegerField(default=0, help_text='Bytes received.')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name="expires at")),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='uploads', to=settings.AUTH_USER_MODEL, verbose_name="owner")),
                ('room', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='rooms.room', verbose_name="room")),
            ],
            options={
                'ordering': ['id'],"verbose_name": "upload", "verbose_name_plural": "uploads"
            },
        ),
        migrations.CreateModel(
            name='UploadPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset', models.PositiveBigIntegerField()),
                ('size', models.PositiveIntegerField()),
                ('path', models.CharField(max_length=100)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='rooms.upload')),
            ],
            options={
                'ordering': ['upload', 'offset'],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(editable=False, max_length=36, unique=True)),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ('name', models.CharField(max_length=200, verbose_name="name")),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name="expires at")),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='rooms.message', verbose_name="message")),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attachments', to=settings.AUTH_USER_MODEL, verbose_name="owner")),
                ('room', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='rooms.room', verbose_name="room")),
                ('blob', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='rooms.blob')),
            ],
            options={
                'ordering': ['message_id', 'position'],
                'indexes': [models.Index(fields=['room', 'message'], name='attachment_of_room'), models.Index(condition=models.Q(('message__isnull', True)), fields=['expires_at'], name='attachment_not_sent')],"verbose_name": "attachment", "verbose_name_plural": "attachments"
            },
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('offset__lte', models.F('length'))), name='upload_offset_within_length'),
        ),
        migrations.AddConstraint(
            model_name='uploadpart',
            constraint=models.UniqueConstraint(fields=('upload', 'offset'), name='upload_part_once'),
        ),
    ]
