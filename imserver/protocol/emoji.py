"""What is one emoji: Unicode's grammar of emoji sequences (UTS #51), without a table of all of them.

A table grows old with every version of Unicode; the ranges below include the block that is reserved for what
comes. ``canonical`` gives every emoji one spelling, so that the same reaction is never counted twice.
"""

import re
from functools import lru_cache

# From Unicode 14's emoji-data.txt, with 15 and 16: drawn as pictures by themselves.
_PICTURES = (
    "231A-231B 23E9-23EC 23F0 23F3 25FD-25FE 2614-2615 2648-2653 267F 2693 26A1 26AA-26AB 26BD-26BE "
    "26C4-26C5 26CE 26D4 26EA 26F2-26F3 26F5 26FA 26FD 2705 270A-270B 2728 274C 274E 2753-2755 2757 "
    "2795-2797 27B0 27BF 2B1B-2B1C 2B50 2B55 1F004 1F0CF 1F18E 1F191-1F19A 1F201 1F21A 1F22F 1F232-1F236 "
    "1F238-1F23A 1F250-1F251 1F300-1F320 1F32D-1F335 1F337-1F37C 1F37E-1F393 1F3A0-1F3CA 1F3CF-1F3D3 "
    "1F3E0-1F3F0 1F3F4 1F3F8-1F3FA 1F400-1F43E 1F440 1F442-1F4FC 1F4FF-1F53D 1F54B-1F54E 1F550-1F567 "
    "1F57A 1F595-1F596 1F5A4 1F5FB-1F64F 1F680-1F6C5 1F6CC 1F6D0-1F6D2 1F6D5-1F6D8 1F6DC-1F6DF "
    "1F6EB-1F6EC 1F6F4-1F6FC 1F7E0-1F7EB 1F7F0 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA70-1FAFF"
)
# Drawn as text unless U+FE0F follows.
_SIGNS = (
    "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 2328 23CF 23ED-23EF 23F1-23F2 23F8-23FA 24C2 25AA-25AB "
    "25B6 25C0 25FB-25FC 2600-2604 260E 2611 2618 261D 2620 2622-2623 2626 262A 262E-262F 2638-263A 2640 "
    "2642 265F-2660 2663 2665-2666 2668 267B 267E 2692 2694-2697 2699 269B-269C 26A0 26A7 26B0-26B1 26C8 "
    "26CF 26D1 26D3 26E9 26F0-26F1 26F4 26F7-26F9 2702 2708-2709 270C-270D 270F 2712 2714 2716 271D 2721 "
    "2733-2734 2744 2747 2763-2764 27A1 2934-2935 2B05-2B07 3030 303D 3297 3299 1F170-1F171 1F17E-1F17F "
    "1F202 1F237 1F321 1F324-1F32C 1F336 1F37D 1F396-1F397 1F399-1F39B 1F39E-1F39F 1F3CB-1F3CE "
    "1F3D4-1F3DF 1F3F3 1F3F5 1F3F7 1F43F 1F441 1F4FD 1F549-1F54A 1F56F-1F570 1F573-1F579 1F587 "
    "1F58A-1F58D 1F590 1F5A5 1F5A8 1F5B1-1F5B2 1F5BC 1F5C2-1F5C4 1F5D1-1F5D3 1F5DC-1F5DE 1F5E1 1F5E3 "
    "1F5E8 1F5EF 1F5F3 1F5FA 1F6CB 1F6CD-1F6CF 1F6E0-1F6E5 1F6E9 1F6F0 1F6F3"
)
# Whose skin has a tone.
_SKINS = (
    "261D 26F9 270A-270D 1F385 1F3C2-1F3C4 1F3C7 1F3CA-1F3CC 1F442-1F443 1F446-1F450 1F466-1F478 1F47C "
    "1F481-1F483 1F485-1F487 1F48F 1F491 1F4AA 1F574-1F575 1F57A 1F590 1F595-1F596 1F645-1F647 "
    "1F64B-1F64F 1F6A3 1F6B4-1F6B6 1F6C0 1F6CC 1F90C 1F90F 1F918-1F91F 1F926 1F930-1F939 1F93C-1F93E "
    "1F977 1F9B5-1F9B6 1F9B8-1F9B9 1F9BB 1F9CD-1F9CF 1F9D1-1F9DD 1FAC3-1FAC5 1FAF0-1FAF8"
)
# What a joiner may add to another: sexes, callings, hair, hearts, the rest of a family, directions, colours.
_JOINED = (
    "2194-2195 2620 2640 2642 2695-2696 26A7 2708 2744 2764 27A1 2B1B 1F308 1F32B 1F33E 1F373 1F37C 1F384 "
    "1F393 1F3A4 1F3A8 1F3EB 1F3ED 1F466-1F469 1F48B 1F4A5 1F4A8 1F4AB 1F4BB-1F4BC 1F525 1F527 1F52C "
    "1F5E8 1F680 1F692 1F7E9 1F7EB 1F91D 1F91F 1F9AF-1F9B3 1F9BA 1F9BC-1F9BD 1F9D1-1F9D2 1FA70 1FA79 "
    "1FAEF 1FAF1-1FAF2"
)
_REGIONS = frozenset(
    [
        "AC",
        "AD",
        "AE",
        "AF",
        "AG",
        "AI",
        "AL",
        "AM",
        "AO",
        "AQ",
        "AR",
        "AS",
        "AT",
        "AU",
        "AW",
        "AX",
        "AZ",
        "BA",
        "BB",
        "BD",
        "BE",
        "BF",
        "BG",
        "BH",
        "BI",
        "BJ",
        "BL",
        "BM",
        "BN",
        "BO",
        "BQ",
        "BR",
        "BS",
        "BT",
        "BV",
        "BW",
        "BY",
        "BZ",
        "CA",
        "CC",
        "CD",
        "CF",
        "CG",
        "CH",
        "CI",
        "CK",
        "CL",
        "CM",
        "CN",
        "CO",
        "CP",
        "CQ",
        "CR",
        "CU",
        "CV",
        "CW",
        "CX",
        "CY",
        "CZ",
        "DE",
        "DG",
        "DJ",
        "DK",
        "DM",
        "DO",
        "DZ",
        "EA",
        "EC",
        "EE",
        "EG",
        "EH",
        "ER",
        "ES",
        "ET",
        "EU",
        "FI",
        "FJ",
        "FK",
        "FM",
        "FO",
        "FR",
        "GA",
        "GB",
        "GD",
        "GE",
        "GF",
        "GG",
        "GH",
        "GI",
        "GL",
        "GM",
        "GN",
        "GP",
        "GQ",
        "GR",
        "GS",
        "GT",
        "GU",
        "GW",
        "GY",
        "HK",
        "HM",
        "HN",
        "HR",
        "HT",
        "HU",
        "IC",
        "ID",
        "IE",
        "IL",
        "IM",
        "IN",
        "IO",
        "IQ",
        "IR",
        "IS",
        "IT",
        "JE",
        "JM",
        "JO",
        "JP",
        "KE",
        "KG",
        "KH",
        "KI",
        "KM",
        "KN",
        "KP",
        "KR",
        "KW",
        "KY",
        "KZ",
        "LA",
        "LB",
        "LC",
        "LI",
        "LK",
        "LR",
        "LS",
        "LT",
        "LU",
        "LV",
        "LY",
        "MA",
        "MC",
        "MD",
        "ME",
        "MF",
        "MG",
        "MH",
        "MK",
        "ML",
        "MM",
        "MN",
        "MO",
        "MP",
        "MQ",
        "MR",
        "MS",
        "MT",
        "MU",
        "MV",
        "MW",
        "MX",
        "MY",
        "MZ",
        "NA",
        "NC",
        "NE",
        "NF",
        "NG",
        "NI",
        "NL",
        "NO",
        "NP",
        "NR",
        "NU",
        "NZ",
        "OM",
        "PA",
        "PE",
        "PF",
        "PG",
        "PH",
        "PK",
        "PL",
        "PM",
        "PN",
        "PR",
        "PS",
        "PT",
        "PW",
        "PY",
        "QA",
        "RE",
        "RO",
        "RS",
        "RU",
        "RW",
        "SA",
        "SB",
        "SC",
        "SD",
        "SE",
        "SG",
        "SH",
        "SI",
        "SJ",
        "SK",
        "SL",
        "SM",
        "SN",
        "SO",
        "SR",
        "SS",
        "ST",
        "SV",
        "SX",
        "SY",
        "SZ",
        "TA",
        "TC",
        "TD",
        "TF",
        "TG",
        "TH",
        "TJ",
        "TK",
        "TL",
        "TM",
        "TN",
        "TO",
        "TR",
        "TT",
        "TV",
        "TW",
        "TZ",
        "UA",
        "UG",
        "UM",
        "UN",
        "US",
        "UY",
        "UZ",
        "VA",
        "VC",
        "VE",
        "VG",
        "VI",
        "VN",
        "VU",
        "WF",
        "WS",
        "XK",
        "YE",
        "YT",
        "ZA",
        "ZM",
        "ZW",
    ]
)
# England, Scotland, Wales: a black flag with a name in invisible letters.
_COUNTRIES = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
_VARIANT, _JOINER, _KEYCAP = "\ufe0f", "\u200d", "\u20e3"
_TONES = "\U0001f3fb-\U0001f3ff"
# The longest in use: two people who kiss, each with a tone.
MOST_CHARACTERS = 12
_FIRST_FLAG_LETTER = 0x1F1E6


def _class(*ranges: str) -> str:
    """Return the ranges as the inside of a regular expression's brackets."""
    parts = [part.partition("-") for text in ranges for part in text.split()]
    return "".join(
        f"{chr(int(low, 16))}-{chr(int(high, 16))}" if high else chr(int(low, 16)) for low, _, high in parts
    )


_sign = re.compile(f"[{_class(_SIGNS)}]")
_part = f"(?:[{_class(_SKINS)}][{_TONES}]|[{_class(_PICTURES, _SIGNS)}]{_VARIANT}?)"
_joined = f"(?:(?=[{_class(_JOINED)}]){_part})"
_sequence = re.compile(f"{_part}(?:{_JOINER}{_joined})*")
_element = re.compile(f"([^{_JOINER}{_VARIANT}])([{_TONES}])?{_VARIANT}?")
_keycap = re.compile(f"([0-9#*]){_VARIANT}?{_KEYCAP}")
_flag = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


@lru_cache(maxsize=1_024)
def canonical(text: str) -> str | None:
    """Return the one spelling of the emoji, None for what is not exactly one emoji."""
    if not text or len(text) > MOST_CHARACTERS:
        return None
    if text in _COUNTRIES:
        return text
    if keycap := _keycap.fullmatch(text):
        return keycap[1] + _VARIANT + _KEYCAP
    if _flag.fullmatch(text):
        region = "".join(chr(ord(letter) - _FIRST_FLAG_LETTER + ord("A")) for letter in text)
        return text if region in _REGIONS else None
    if not _sequence.fullmatch(text):
        return None
    return _JOINER.join(_spell(part) for part in text.split(_JOINER))


def _spell(part: str) -> str:
    """Give a part U+FE0F where it would be text without, and take it away where it is a picture anyway."""
    found = _element.fullmatch(part)
    if found is None or found[2]:
        return part
    return found[1] + _VARIANT if _sign.match(found[1]) else found[1]
