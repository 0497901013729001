"""Tests cooee serve with the hubs' client. Run by .ci/service/wyoming: PORT RECORDING.raw END_SECONDS COOEE PHRASES SERVER_PID MESSAGES"""

import asyncio
import subprocess
import sys
import time

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.wake import Detect, Detection, NotDetected

PORT, RECORDING, END, COOEE, PHRASES, SERVER, MESSAGES = sys.argv[1:8]
AUDIO = open(RECORDING, "rb").read()
CHUNK = 2 * 1280  # 80 ms
END_MS = float(END) * 1000


def check(what, ok):
    print(("ok   " if ok else "BAD  ") + what, flush=True)
    if not ok:
        sys.exit(1)


def client():
    return AsyncTcpClient("127.0.0.1", int(PORT))


async def read(peer):
    return await asyncio.wait_for(peer.read_event(), 20)


async def info(peer):
    await peer.write_event(Describe().event())
    return Info.from_event(await read(peer))


async def stream(peer, names=None, audio=AUDIO, paced=False, sent=None):
    await peer.write_event(Detect(names=names).event())
    await peer.write_event(AudioStart(rate=16000, width=2, channels=1, timestamp=0).event())
    begin = time.monotonic()
    for index, start in enumerate(range(0, len(audio), CHUNK)):
        if paced:
            await asyncio.sleep(max(0, begin + (index + 1) * 0.08 - time.monotonic()))
        part = audio[start : start + CHUNK]
        chunk = AudioChunk(rate=16000, width=2, channels=1, audio=part, timestamp=index * 80)
        if sent is not None:
            sent.append(time.monotonic())
        await peer.write_event(chunk.event())
    if not paced:
        await peer.write_event(AudioStop().event())


async def paced_latency(delay):
    """Seconds from the chunk that completes a detection to the detection. Chunks are sent in real time."""
    await asyncio.sleep(delay)
    async with client() as peer:
        sent = []
        # A second of silence, so the detection is decided without audio-stop.
        sender = asyncio.create_task(stream(peer, audio=AUDIO + bytes(32000), paced=True, sent=sent))
        event = await read(peer)
        arrived = time.monotonic()
        chunks = len(sent)
        await sender
        assert Detection.is_type(event.type), event
        return chunks, arrived, sent


async def latencies(count, spread):
    results = await asyncio.gather(*(paced_latency(spread * i / count) for i in range(count)))
    # The completing chunk is the same for all: the earliest that any client had sent when it received the detection.
    completing = min(chunks for chunks, _, _ in results) - 1
    return completing, sorted(1000 * (arrived - sent[completing]) for _, arrived, sent in results)


def memory():
    lines = open(f"/proc/{SERVER}/status").read().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def cpu():
    fields = open(f"/proc/{SERVER}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def main():
    async with client() as peer:
        told = await info(peer)
        models = told.wake[0].models
        check(
            f"describe: program {told.wake[0].name} {told.wake[0].version}, models "
            + ", ".join(f"{m.name} ({m.phrase}, {'/'.join(m.languages)})" for m in models),
            [(m.name, m.phrase, m.description, m.installed) for m in models] == [("hey computer",) * 3 + (True,)],
        )
        await peer.write_event(Ping(text="there?").event())
        check("ping is answered", Pong.from_event(await read(peer)).text == "there?")
        await stream(peer, ["hey computer"])
        heard = Detection.from_event(await read(peer))
        check(f"detection {heard.name} at {heard.timestamp} ms, as cooee spot has it", heard.name == "hey computer")
        check(f"the time is that of cooee spot, {END} s", abs(heard.timestamp - END_MS) <= 1)
        await stream(peer, ["Hey_Computer"])
        check("case and underscores do not matter", Detection.from_event(await read(peer)).name == "Hey_Computer")
        await stream(peer, audio=bytes(32000))
        check("silence ends with not-detected", NotDetected.is_type((await read(peer)).type))
        await peer.write_event(Detect(names=["hey_commuter"]).event())
        refusal = Error.from_event(await read(peer))
        check(f"an unknown name is answered: {refusal.text}", 'nearest phrase is "hey computer"' in refusal.text)
        subprocess.run([COOEE, "enroll", "railway station", "--to", PHRASES], check=True, capture_output=True)
        names = []
        for _ in range(50):
            names = [m.name for m in (await info(peer)).wake[0].models]
            if len(names) == 2:
                break
            await asyncio.sleep(0.1)
        check("a phrase enrolled at run time is listed within 5 s", names == ["hey computer", "railway station"])
        whole = open(PHRASES, "rb").read()
        open(PHRASES, "wb").write(whole[: len(whole) // 2])
        for _ in range(100):
            if "keeping the previous phrases" in open(MESSAGES).read():
                break
            await asyncio.sleep(0.1)
        check("a truncated phrase file is reported", "keeping the previous phrases" in open(MESSAGES).read())
        check("its phrases are still listed", [m.name for m in (await info(peer)).wake[0].models] == names)
        await stream(peer)
        check("its phrases are still detected", Detection.from_event(await read(peer)).timestamp == heard.timestamp)
        open(PHRASES, "wb").write(whole)
    async with client() as bad, client() as good:
        bad._writer.write(b"GET / HTTP/1.1\r\n\r\n")
        check("a client that sends invalid data is closed", await read(bad) is None)
        await stream(good)
        check("another client is not affected", Detection.is_type((await read(good)).type))
    completing, alone = await latencies(1, 0)
    check(
        f"one client in real time: told {alone[0]:.1f} ms after chunk {completing} of 80 ms, which completes it",
        alone[0] < 1000,
    )
    for how, spread in [("spread over a chunk's time", 0.08), ("all at the same moment", 0)]:
        before, began = cpu(), time.monotonic()
        completing, told = await latencies(50, spread)
        load = 100 * (cpu() - before) / (time.monotonic() - began)
        check(
            f"50 clients in real time, {how}: median {told[25]:.1f} ms, worst {told[-1]:.1f} ms after that chunk; "
            f"{load:.0f} % of a core, {memory()} kB resident at most",
            told[-1] < 1000,
        )


asyncio.run(main())
