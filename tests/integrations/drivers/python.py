"""Each line of standard input is a call; each line of the output its value, or what it refused."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("im_token", sys.argv[1])
im_token = importlib.util.module_from_spec(spec)
spec.loader.exec_module(im_token)
CALLS = {
    "token": lambda call: im_token.sign_token(call["member"], call["site"], call["now"]),
    "tag": lambda call: im_token.tag(call["member"], call["site"], call["data"]),
    "asked": lambda call: im_token.is_asked_by_messenger(
        call["signature"], call["user_id"], call["secret"], call["now"]
    ),
    "answer": lambda call: answer(*im_token.answer_token(call["member"], call["site"], call["from"])),
}


def answer(status, headers, body):
    return {"status": status, "headers": headers, "body": body.decode()}


for line in sys.stdin:
    call = json.loads(line)
    try:
        said = {"value": CALLS[call["call"]](call)}
    except ValueError as error:
        said = {"refused": str(error)}
    sys.stdout.write(json.dumps(said) + "\n")
