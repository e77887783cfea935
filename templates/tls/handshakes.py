# The same as handshakes.pl, for machines that have Python (3.6 and later) and no Perl: RHEL and its kin. Standard library only.
import errno, os, select, socket, sys, time
hellos, order, targets = {}, [], []
for line in sys.stdin:
    kind, *f = line.rstrip("\n").split("\t")
    if kind == "hello" and len(f) == 8:
        name, drop = f[0], f[1]
        record, head, middle, extensions = [bytes.fromhex(x) for x in f[2:6]]
        four = lambda text: [text[i:i + 4] for i in range(0, len(text), 4)]
        hellos[name] = dict(name=name, drop=drop, record=record, head=head, middle=middle, extensions=extensions, groups=four(f[6]), suites=four(f[7]))
        if name != "first":
            order.append(name)
    elif kind == "target" and len(f) == 6:
        targets.append(dict(id=f[0], address=f[1], port=int(f[2]), sni=bytes.fromhex(f[3]), wait=int(f[4]) / 1000, limit=int(f[5]) / 1000, named=False))
now = time.monotonic
deadline, most = now() + 6, 48
sized = lambda content, n=2: len(content).to_bytes(n, "big") + content
number = lambda content: int.from_bytes(content, "big")
job = lambda t, h, **more: dict(dict(target=t, hello=h, groups=h["groups"], suites=h["suites"], round=0), **more)
queue = [job(t, hellos["first"]) for t in targets]
live = {}
out = []

def record_of(j):
    h, ext = j["hello"], j["hello"]["extensions"]
    if h["record"] != b"\x03\x00":
        if j["target"]["named"]:
            ext = j["target"]["sni"] + ext
        groups = bytes.fromhex("".join(j["groups"]))
        if groups:
            ext += b"\x00\x0a" + sized(sized(groups))
        ext = sized(ext)
    body = h["head"] + sized(bytes.fromhex("".join(j["suites"]))) + h["middle"] + ext
    return b"\x16" + h["record"] + sized(b"\x01" + sized(body, 3))

def start(j):
    t = j["target"]
    j.update(input=b"", output=record_of(j), until=now() + t["limit"], connected=False, version=None, suite=None, group=None, hidden=False)
    j["quiet"] = t["wait"] if j["round"] == 0 and j["hello"]["name"] == "first" and not t["named"] else 0
    try:
        s = socket.socket(socket.AF_INET6 if ":" in t["address"] else socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        j["socket"] = s
        code = s.connect_ex((t["address"], t["port"]))
    except OSError:
        return finish(j, "refused")
    if code not in (0, errno.EINPROGRESS):
        return finish(j, "refused")
    live[s.fileno()] = j

def whole(j):
    data, at, shake, over = j["input"], 0, b"", len(j["input"]) > 65536
    while len(data) >= at + 5:
        kind, major, length = data[at], data[at + 1], number(data[at + 3:at + 5])
        if major != 3 or length > 18432 or kind not in (21, 22):
            over = True
            break
        if len(data) < at + 5 + length:
            break
        payload = data[at + 5:at + 5 + length]
        if kind == 21 and payload != b"\x01\x70":
            over = True
            break
        if kind == 22:
            shake += payload
        at += 5 + length
    if data and not 20 <= data[0] <= 24:
        return True
    p = 0
    while len(shake) >= p + 4:
        kind, length = shake[p], number(shake[p + 1:p + 4])
        if len(shake) < p + 4 + length:
            break
        if kind == 2:
            body = shake[p + 4:p + 4 + length]
            skip = 35 + body[34] if len(body) > 35 else 35
            j["version"] = body[:2]
            if len(body) >= skip + 2:
                j["suite"] = body[skip:skip + 2].hex()
            rest = body[skip + 5:]
            while len(rest) >= 4:
                what, size = number(rest[:2]), number(rest[2:4])
                if what == 51 and size >= 2 and len(rest) >= 6:
                    j["group"] = rest[4:6].hex()
                if what == 43:
                    j["hidden"] = True
                rest = rest[4 + size:]
            if j["hidden"]:
                return True
        if kind == 14:
            return True
        p += 4 + length
    return over

def shorter(data):
    at, shake, version, tail = 0, b"", b"\x03\x03", b""
    while len(data) >= at + 5:
        kind, length = data[at], number(data[at + 3:at + 5])
        if kind != 22 or len(data) < at + 5 + length:
            if kind != 22:
                tail = data[at:at + 40]
            break
        version = data[at + 1:at + 3]
        shake += data[at + 5:at + 5 + length]
        at += 5 + length
    p, kept = 0, b""
    while len(shake) >= p + 4:
        length = number(shake[p + 1:p + 4])
        kept += b"\x0b\x00\x00\x03\x00\x00\x00" if shake[p] == 11 else shake[p:p + 4 + length]
        p += 4 + length
    return (b"\x16" + version + sized(kept[:16000]) if kept else b"") + tail

def say(t, name, state, data):
    out.append("\t".join((t["id"], name, state, data.hex())))

def finish(j, state):
    if "socket" in j:
        live.pop(j["socket"].fileno(), None)
        j["socket"].close()
    t, h, data = j["target"], j["hello"], j["input"]
    tls = data[:1] in (b"\x15", b"\x16") and data[1:2] == b"\x03"
    if h["name"] == "first":
        if data[:1] == b"\x15" and data[3:5] == b"\x00\x02" and data[6:7] in (b"\x28", b"\x50", b"\x70") and t["sni"] and not t["named"]:
            t["named"] = True
            queue.append(job(t, h))
            return
        say(t, "first", state, data[:4096 if tls else 128])
        if tls:
            queue.extend(job(t, hellos[name]) for name in order)
        return
    say(t, h["name"], state, (shorter(data) if j["round"] > 0 else data)[:32768])
    if state != "done" or j["suite"] is None or h["drop"] == "once" or j["round"] > 150:
        return
    if not j["hidden"] and j["version"] != h["head"][:2]:
        return
    what = h["drop"]
    chosen = j["group"] if what == "groups" else j["suite"]
    left = [one for one in j[what] if one != chosen]
    if left and len(left) < len(j[what]):
        more = dict(groups=j["groups"], suites=j["suites"], round=j["round"] + 1)
        more[what] = left
        queue.insert(0, job(t, h, **more))

while queue or live:
    moment = now()
    if moment > deadline:
        for j in list(live.values()):
            finish(j, "limit")
        for j in queue:
            say(j["target"], j["hello"]["name"], "limit", b"")
        break
    while queue and len(live) < most:
        start(queue.pop(0))
    if not live:
        continue
    poll = select.poll()
    sleep = 0.5
    for fd, j in live.items():
        poll.register(fd, select.POLLIN | (select.POLLOUT if not j["connected"] or (j["output"] and not j["quiet"]) else 0))
        sleep = min(sleep, (j["quiet_until"] if j["connected"] and j["quiet"] else j["until"]) - moment)
    ready = dict(poll.poll(max(sleep, 0.005) * 1000))
    moment = now()
    for fd, j in list(live.items()):
        event = ready.get(fd, 0)
        if not j["connected"] and event & (select.POLLOUT | select.POLLERR | select.POLLHUP):
            if j["socket"].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                finish(j, "refused")
                continue
            j["connected"], j["quiet_until"] = True, moment + j["quiet"]
        if j["connected"] and event & (select.POLLIN | select.POLLHUP | select.POLLERR):
            try:
                got = j["socket"].recv(16384)
            except (BlockingIOError, InterruptedError):
                got = None
            except OSError:
                got = b""
            if got is not None:
                j["input"] += got
                state = "closed" if not got else "spoke" if j["quiet"] else "done" if whole(j) else None
                if state:
                    finish(j, state)
                    continue
        if j["connected"] and j["quiet"] and moment >= j["quiet_until"]:
            j["quiet"] = 0
        if j["connected"] and not j["quiet"] and j["output"] and event & select.POLLOUT:
            try:
                j["output"] = j["output"][j["socket"].send(j["output"]):]
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                finish(j, "closed")
                continue
        if moment > j["until"]:
            finish(j, "limit")
print("\n".join(out + ["over"]))
