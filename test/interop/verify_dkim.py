"""Verifies every DKIM signature of the message on standard input with dkimpy.

The argument is JSON: DNS name -> TXT record. Prints one JSON list of {"algorithm", "valid"}, one entry a signature.
"""
import json
import sys

import dkim

records = {name.rstrip("."): text.encode() for name, text in json.loads(sys.argv[1]).items()}
message = sys.stdin.buffer.read()


def lookup(name, timeout=5):
    return records.get(name.decode().rstrip("."))


verifier = dkim.DKIM(message)
signatures = [value for name, value in verifier.headers if name.lower() == b"dkim-signature"]
results = []
for index, value in enumerate(signatures):
    tags = dict(part.strip().split(b"=", 1) for part in value.replace(b"\r\n", b"").split(b";") if b"=" in part)
    try:
        valid = verifier.verify(idx=index, dnsfunc=lookup)
    except dkim.DKIMException:
        valid = False
    results.append({"algorithm": tags[b"a"].decode(), "valid": valid})
print(json.dumps(results))
