"""BBCode and HTML of others as plain text: what was read stays, what did something goes."""

import pytest

from imserver.commands.forums.markup import text_of_bbcode, text_of_html, text_of_phpbb
from imserver.commands.forums.readers import in_pieces


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[b]Hello[/b] [color=#f00]red[/color]", "Hello red"),
        ("[url=https://a.example/x]here[/url]", "here (https://a.example/x)"),
        ("[url]https://a.example/x[/url]", "https://a.example/x"),
        ("[url=https://a.example]https://a.example[/url]", "https://a.example"),
        ("[url=javascript:alert(1)]click[/url]", "click"),
        ("[img]https://a.example/cat.png[/img]", "https://a.example/cat.png"),
        ('[quote="Bob"]one\ntwo[/quote]three', "> Bob:\n> one\n> two\nthree"),
        ("[quote='Bob' pid='7' dateline='9']one[/quote]", "> Bob:\n> one"),
        ("[quote=Bob post_id=5 time=6 user_id=2]one[/quote]", "> Bob:\n> one"),
        ('[quote="O\'Brien"]one[/quote]', "> O'Brien:\n> one"),
        ("[quote][quote]in[/quote]out[/quote]", "> > in\n> out"),
        ("[list][*]one[*]two[/list]", "• one\n• two"),
        ("[code]if (a[i]) { [b]x[/b] }[/code] [b]y[/b]", "if (a[i]) { [b]x[/b] } y"),
        ("array[0] and [unknown]this[/unknown]", "array[0] and [unknown]this[/unknown]"),
        ("[quote=Bob]never closed", "> Bob:\n> never closed"),
        ("[/quote]never opened[/url]", "never opened"),
        ("a\r\n\r\n\r\n\r\nb\x00\x1b[31m", "a\n\nb[31m"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_bbcode_becomes_what_was_read(source: str, text: str) -> None:
    assert text_of_bbcode(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hello <strong>you</strong> &amp; me</p><p>Bye</p>", "Hello you & me\n\nBye"),
        ('<a href="https://a.example">there</a>', "there (https://a.example)"),
        ('<a href="javascript:alert(1)" onclick="x()">there</a>', "there"),
        ('<img src="x" onerror="alert(1)" alt=":)">', ":)"),
        ("a<script>alert('<b>')</script>b<style>p{}</style>c", "abc"),
        ("<blockquote>one<br>two</blockquote>three", "> one\n> two\nthree"),
        ("<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
    ],
)
def test_html_becomes_what_was_read(source: str, text: str) -> None:
    assert text_of_html(source) == text


@pytest.mark.parametrize(
    ("source", "uid", "text"),
    [
        ("<t>Hi &amp; bye<br/>\nsecond</t>", "", "Hi & bye\nsecond"),
        ("<r><B><s>[b]</s>bold<e>[/b]</e></B> <E>:)</E></r>", "", "bold :)"),
        (
            '<r><URL url="https://a.example"><s>[url=https://a.example]</s>x<e>[/url]</e></URL></r>',
            "",
            "x (https://a.example)",
        ),
        (
            '<r><QUOTE author="Bob"><s>[quote=Bob]</s>one<e>[/quote]</e></QUOTE>two</r>',
            "",
            "> Bob:\n> one\ntwo",
        ),
        ("[b:3f2a91bc]bold[/b:3f2a91bc] &quot;x&quot;", "3f2a91bc", 'bold "x"'),
        (
            '<!-- s:) --><img src="{SMILIES_PATH}/smile.gif" alt=":)" title="Smile" /><!-- s:) -->',
            "3f2a91bc",
            ":)",
        ),
        (
            '<!-- m --><a class="postlink" href="http://a.example">http://a.example</a><!-- m -->',
            "3f2a91bc",
            "http://a.example",
        ),
        (
            "[quote=&quot;Bob&quot;:3f2a91bc]one[/quote:3f2a91bc]\nlist: "
            "[list:3f2a91bc][*:3f2a91bc]x[/*:m:3f2a91bc][/list:u:3f2a91bc]",
            "3f2a91bc",
            "> Bob:\n> one\n\nlist:\n• x",
        ),
    ],
)
def test_what_phpbb_stores_becomes_what_was_read(source: str, uid: str, text: str) -> None:
    assert text_of_phpbb(source, uid) == text


def test_a_long_text_is_cut_where_a_paragraph_or_a_word_ends() -> None:
    assert list(in_pieces("one two three", 9)) == ["one two", "three"]
    assert list(in_pieces("aaaa bb\n\ncccc dddd", 12)) == ["aaaa bb", "cccc dddd"]
    assert list(in_pieces("x" * 25, 10)) == ["x" * 10, "x" * 10, "x" * 5]
    assert list(in_pieces("")) == []
