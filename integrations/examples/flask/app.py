"""A little community with the messenger on its page; README.md says how to start it."""

import os
import secrets
import sys
from pathlib import Path

from flask import Flask, Response, abort, redirect, render_template, request, session
from markupsafe import Markup

# In a project of your own: a copy of im_token.py beside this file, and no path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tokens" / "python"))

import im_token

# Yours come from your database. The id is what the messenger knows a member by, so it never changes.
MEMBERS = {
    "1": {"id": "1", "name": "Ada"},
    "2": {"id": "2", "name": 'Bob "Bo" O\'Hara'},
}
POSTS = [
    {"by": "1", "text": "The lanterns are up again. Who comes to the hill on Friday?"},
    {"by": "2", "text": "I do, with <tea> & cake."},
]
VARIABLES = {
    "url": "MESSENGER_URL",
    "id": "MESSENGER_SITE",
    "key_id": "MESSENGER_KEY_ID",
    "secret": "MESSENGER_SECRET",
}
POLICY = (
    "default-src 'none'; script-src 'self' {url}; frame-src {url}; "
    "connect-src 'self'; style-src 'self'; img-src data:; form-action 'self'"
)

if unset := [name for name in VARIABLES.values() if not os.environ.get(name)]:
    sys.exit(f"Set {', '.join(unset)}, as README.md says.")
SITE = {key: os.environ[name] for key, name in VARIABLES.items()}

app = Flask(__name__, static_folder="public", static_url_path="")
# Sign-ins end when this program does; a real community keeps its key.
app.config.update(SECRET_KEY=secrets.token_bytes(32), SESSION_COOKIE_SAMESITE="Lax")


def member():
    """Return the member who is signed in, or None."""
    return MEMBERS.get(session.get("member"))


@app.get("/")
def index():
    """Show the page, with the tag for who looks at it."""
    tag = Markup(im_token.tag(member(), SITE, {"token-url": "/im-token"}))  # noqa: S704 - escaped there
    page = Response(render_template("index.html", member=member(), members=MEMBERS, posts=POSTS, tag=tag))
    page.headers["Content-Security-Policy"] = POLICY.format(**SITE)
    page.headers["Cache-Control"] = "no-store"  # the page holds a token
    return page


@app.get("/im-token")
def token():
    """Answer data-token-url."""
    status, headers, body = im_token.answer_token(member(), SITE, request.headers.get("Sec-Fetch-Site", ""))
    return body, status, headers


@app.post("/sign-in")
def sign_in():
    """Sign a member in; a real community asks for a password here."""
    _refuse_other_sites()
    session.clear()
    if request.form.get("member") in MEMBERS:
        session["member"] = request.form["member"]
    return redirect("/", code=303)


@app.post("/sign-out")
def sign_out():
    """Sign the member out."""
    _refuse_other_sites()
    session.clear()
    return redirect("/", code=303)


def _refuse_other_sites():
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403, "Not from another site.")


if __name__ == "__main__":
    app.run(host="localhost", port=int(os.environ.get("PORT", "8000")))
