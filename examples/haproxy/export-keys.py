#!/usr/bin/python3
"""Writes the keys that Sumun publishes as PEM files for HAProxy: export-keys.py JWKS_URL FOLDER

There are always as many files as haproxy.cfg names; where fewer keys are published, the first stands in the rest.
Prints "changed" when HAProxy has to be reloaded. A failure leaves the files as they were.
"""

import json
import os
import sys
from urllib.request import urlopen

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWKSet

FILES = 4

url, folder = sys.argv[1:]
with urlopen(url, timeout=10) as answer:
    published = PyJWKSet.from_dict(json.load(answer)).keys
if len(published) > FILES:
    sys.exit(f"{len(published)} keys are published: raise FILES, and name as many in haproxy.cfg.")

changed = False
for place in range(FILES):
    key = published[place if place < len(published) else 0].key
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path = os.path.join(folder, f"key-{place}.pem")
    if os.path.exists(path) and open(path, "rb").read() == pem:
        continue
    with open(f"{path}.new", "wb") as file:
        file.write(pem)
    os.replace(f"{path}.new", path)
    changed = True
print("changed" if changed else "unchanged")
