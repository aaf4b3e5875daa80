"""The pictures are well-formed, say their numbers, and change colours on a dark page."""

from xml.etree import ElementTree as ET

from imserver.commands.load.pictures import Bar, Series, bar_picture, line_picture, short

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values() -> None:
    bars = [Bar(label="ours", value=2.0, is_ours=True), Bar(label="<theirs> & co", value=20.0)]
    text = bar_picture("Memory", bars, unit="KB")
    first, second = ET.fromstring(text).findall(f"{SVG}rect")  # noqa: S314 - our own picture
    assert float(second.attrib["width"]) == 10 * float(first.attrib["width"])
    assert [first.attrib["class"], second.attrib["class"]] == ["a", "b"]
    assert "2 KB" in text
    assert "prefers-color-scheme:dark" in text


def test_lines_end_where_their_last_value_is() -> None:
    series = Series(label="memory", unit="KB", points=[(0, 50), (10, 100)])
    text = line_picture("Over time", [series, Series(label="none", unit="", points=[])])
    line, _ = ET.fromstring(text).findall(f"{SVG}polyline")  # noqa: S314 - our own picture
    begin, end = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert end[0] > begin[0]
    assert end[1] < begin[1]
    assert "now 100 KB" in text


def test_numbers_are_short() -> None:
    assert [short(v) for v in (0, 0.2468, 9.87, 123.4, 12_345.6)] == ["0", "0.247", "9.87", "123", "12,346"]
