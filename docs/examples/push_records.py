"""Push a file of records (one JSON object a line) to a gateway, and print what became of each.

push_records.py GATEWAY_HOST:PORT SOURCE FILE CERTIFICATE KEY GATEWAY_CERTIFICATE

Needs Python and nothing else. Safe to repeat: the same lines get the same answer.
"""

import hashlib
import http.client
import json
import ssl
import sys
import time


def main(gateway, source, path, certificate, key, gateway_certificate):
    context = ssl.create_default_context(cafile=gateway_certificate)  # trust this gateway alone
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(certificate, key)  # our identity
    with open(path, "rb") as file:
        lines = [line for line in file if line.strip()]
    kept = True
    for start in range(0, len(lines), 1000):  # at most 1,000 records in one call
        body = b"".join(lines[start : start + 1000])
        for number, outcome in enumerate(push(gateway, context, source, body), start + 1):
            print(number, outcome["state"], outcome.get("record", ""), outcome.get("errors", ""))
            kept &= outcome["state"] in ("stored", "duplicate")
    return 0 if kept else 1


def push(gateway, context, source, body):
    headers = {"Source": source, "Content-Type": "application/x-ndjson"}
    headers["Idempotency-Key"] = hashlib.sha256(body).hexdigest()
    while True:
        connection = http.client.HTTPSConnection(gateway, context=context, timeout=60)
        connection.request("POST", "/v1/records", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status == 200:
            return [json.loads(line) for line in text.splitlines()]
        if answer.status not in (429, 503):
            sys.exit(f"refused: {json.loads(text)['detail']}")
        time.sleep(int(answer.headers.get("Retry-After", "5")))


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
