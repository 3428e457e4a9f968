"""Row-level security on uploads and their batches."""

from typing import ClassVar

from django.db import migrations

from shegong.kernel.orgs.walls import wall


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sheets", "0001_sheets"), ("orgs", "0002_walls")]
    operations: ClassVar = [wall("sheets_importrun"), wall("sheets_importbatch")]
