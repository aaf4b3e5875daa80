"""From the settings to a storage."""

from pathlib import Path

from imserver.errors import SettingsError
from imserver.files.disk import Disk
from imserver.files.storage import Storage
from imserver.sections import FilesSettings


def open_storage(files: FilesSettings, *, folder: Path) -> Storage:
    """Return the storage that the settings name; nothing is connected yet.

    Raises SettingsError when a bucket is named and the package for it is missing.
    """
    if not files.bucket:
        return Disk(folder)
    try:
        from imserver.files.s3 import S3, Bucket
    except ImportError as error:
        raise SettingsError('files.bucket needs a package: pip install "imserver[s3]"') from error
    name, _, prefix = files.bucket.partition("/")
    return S3(
        Bucket(
            name=name,
            prefix=prefix.rstrip("/") + "/" if prefix else "",
            endpoint=files.s3_endpoint,
            region=files.s3_region,
            key=files.s3_key,
            secret=files.s3_secret,
        )
    )
