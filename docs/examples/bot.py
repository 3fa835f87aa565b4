"""A bot's own watch list, kept by the stream over every break: `python bot.py http://127.0.0.1:8580/v1/stream`."""

import http.client, json, sys, time, urllib.request


def events(url, last_id):
    request = urllib.request.Request(url, headers={"Last-Event-ID": last_id} if last_id else {})
    fields = {"id": last_id}
    for line in urllib.request.urlopen(request, timeout=60):
        name, _, value = line.decode().rstrip("\n").partition(": ")
        fields[name] = value
        if not name and "data" in fields:  # an empty line ends an event
            yield fields["id"], fields["event"], json.loads(fields["data"])


def follow(url, watched, last_id, at_block):
    while True:
        try:
            for last_id, kind, data in events(url, last_id):
                key = data.get("deployment"), data.get("account"), data.get("market")
                if kind == "reset":
                    watched.clear()
                elif kind in ("enter", "change"):
                    watched.setdefault(key, {}).update(data.get("row") or data["changed"])
                elif kind == "leave":
                    del watched[key]
                elif kind == "block":
                    at_block(data, watched, last_id)
        except (OSError, http.client.HTTPException) as error:
            print("connecting again:", error, file=sys.stderr)
        time.sleep(1)


def show(block, watched, _):
    ripe = [row["account"] for row in watched.values() if any(pair["allowed"] for pair in row["liquidation"])]
    print("block", block["block_number"], "watched", len(watched), "to liquidate", *ripe, flush=True)


if __name__ == "__main__":
    follow(sys.argv[1], {}, None, show)
