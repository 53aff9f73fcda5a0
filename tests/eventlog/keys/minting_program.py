"""A process that makes data keys and prints their ids."""

import json
import sys

from eventlog.keys.keyrings import Keyrings
from eventlog.settings import DatabaseUrls

if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    with Keyrings.open(DatabaseUrls(**order["urls"])) as keyrings:
        keyring = keyrings.of(order["school"])
        for _ in range(order["keys"]):
            print(keyring.fresh().id)  # noqa: T201 - told to the test
