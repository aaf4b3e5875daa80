"""Draws one picture anew, in a process of its own: ``python -I redraw.py LIMITS`` (JSON).

design: A picture from a stranger is read by decoders written in C, so this process has nothing to lose: no
descriptors but the picture (0), the answer (1) and the two results (3, 4), no environment, and limits on
memory, time and output, which it sets before it looks at a byte. What comes out was drawn by us: no
metadata, no place, no comment, nothing behind the end, upright. It imports nothing of ours.
"""

import contextlib
import io
import json
import os
import resource
import sys
from typing import Any

SOURCE, ANSWER, PICTURE, THUMB = 0, 1, 3, 4
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
QUALITY = 85
THUMB_QUALITY = 78
# Several megabytes of photograph in a bubble of 240 px: below this the picture is its own thumbnail.
THUMB_FROM_BYTES = 60_000


class Refused(Exception):
    """The picture is not taken; the text is one of the codes that ``studio`` knows."""


def limit_ourselves(limits: dict[str, int]) -> None:
    """Let the kernel end us rather than let us grow."""
    os.nice(10)
    for name, most in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["output_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (most, most))


def redraw(source: Any, limits: dict[str, int]) -> dict[str, Any]:
    """Write the picture, and a thumbnail if it is of use; return what was drawn."""
    from PIL import Image, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = limits["pixels"]
    try:
        with Image.open(source, formats=FORMATS) as image:
            check(image, limits)
            if getattr(image, "n_frames", 1) > 1:
                return redraw_frames(image, limits)
            return redraw_one(image, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("too_large") from error


def check(image: Any, limits: dict[str, int]) -> None:
    """Refuse what would take too much, by what its header says."""
    width, height = image.size
    if min(width, height) < 1 or width * height > limits["pixels"]:
        raise Refused("too_large")
    frames = getattr(image, "n_frames", 1)
    if frames > limits["frames"] or (frames > 1 and frames * width * height > limits["frame_pixels"]):
        raise Refused("too_long")


def redraw_one(image: Any, limits: dict[str, int]) -> dict[str, Any]:
    """A still picture stays a JPEG or a PNG; everything else becomes WebP, which can do both."""
    from PIL import ImageOps

    kind = image.format
    edge = limits["edge"]
    image.draft("RGB", (edge, edge))
    upright = plain(ImageOps.exif_transpose(image))
    upright.thumbnail((edge, edge))
    if kind == "JPEG":
        save(upright.convert("RGB"), PICTURE, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    elif kind in ("PNG", "GIF"):
        kind = "PNG"
        save(upright, PICTURE, "PNG")
    else:
        kind = "WEBP"
        save(upright, PICTURE, "WEBP", quality=QUALITY, method=2)
    return answer(upright, kind, make_thumb(upright, limits))


def redraw_frames(image: Any, limits: dict[str, int]) -> dict[str, Any]:
    """A moving picture becomes an animated WebP; a frame at a time is in memory."""
    durations = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        durations.append(max(20, int(image.info.get("duration") or 100)))
    image.seek(0)
    with os.fdopen(os.dup(PICTURE), "wb") as out:
        image.save(
            out,
            "WEBP",
            save_all=True,
            duration=durations,
            loop=0,
            quality=75,
            method=1,
            exif=b"",
            xmp=b"",
            icc_profile=b"",
        )
    image.seek(0)
    return answer(image, "WEBP", make_thumb(plain(image.copy()), limits))


def plain(image: Any) -> Any:
    """Return the picture in plain RGB or RGBA, as sRGB, and with nothing but its pixels."""
    from PIL import Image

    profile = image.info.get("icc_profile")
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if image.mode == "CMYK" or image.mode.startswith("I;16") or image.mode in ("I", "F"):
        has_alpha = False
    drawn = image.convert("RGBA" if has_alpha else "RGB")
    if profile and image.mode in ("RGB", "RGBA"):
        drawn = in_srgb(drawn, profile)
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    return clean


def in_srgb(image: Any, profile: bytes) -> Any:
    """Return the picture's colours as screens take them; a profile that makes no sense is dropped."""
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def make_thumb(image: Any, limits: dict[str, int]) -> bool:
    """Write a small still one, if the picture itself is too large for a bubble."""
    if max(image.size) <= limits["thumb_edge"] and os.fstat(PICTURE).st_size < THUMB_FROM_BYTES:
        return False
    image.thumbnail((limits["thumb_edge"], limits["thumb_edge"]))
    save(image, THUMB, "WEBP", quality=THUMB_QUALITY, method=2)
    return True


def save(image: Any, descriptor: int, form: str, **how: Any) -> None:
    """Write the pixels and nothing else to a descriptor."""
    with os.fdopen(os.dup(descriptor), "wb") as out:
        image.save(out, form, **how)


def answer(image: Any, kind: str, has_thumb: bool) -> dict[str, Any]:
    """Return what the parent is told; the size is the drawn picture's."""
    from PIL import Image

    os.lseek(PICTURE, 0, os.SEEK_SET)
    with os.fdopen(os.dup(PICTURE), "rb") as drawn, Image.open(drawn) as seen:
        width, height = seen.size
    return {"type": f"image/{kind.lower()}", "width": width, "height": height, "thumb": has_thumb}


def main() -> None:
    """Answer on descriptor 1, whatever happens; being killed is an answer, too."""
    limits = json.loads(sys.argv[1])
    limit_ourselves(limits)
    try:
        with os.fdopen(SOURCE, "rb") as source:
            told = redraw(source, limits)
    except Refused as refused:
        told = {"refused": str(refused)}
    except MemoryError:
        told = {"refused": "too_large"}
    except Exception as error:  # noqa: BLE001 - decoders raise what they like, and all of it means the same
        told = {"refused": "broken", "error": type(error).__name__}
    with contextlib.suppress(BrokenPipeError):
        os.write(ANSWER, json.dumps(told).encode())


if __name__ == "__main__":
    main()
