"""Sends a recording to a Wyoming server with the hubs' client, and waits for its detection: HOST PORT RECORDING.raw PHRASE"""

import asyncio
import sys
import time

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info
from wyoming.wake import Detect, Detection

host, port, recording, phrase = sys.argv[1:5]


async def main():
    async with AsyncTcpClient(host, int(port)) as peer:
        await peer.write_event(Describe().event())
        info = Info.from_event(await asyncio.wait_for(peer.read_event(), 20))
        names = [model.name for program in info.wake for model in program.models]
        if phrase not in names:
            sys.exit(f"{phrase} is not among {names}")
        await peer.write_event(Detect(names=[phrase]).event())
        await peer.write_event(AudioStart(rate=16000, width=2, channels=1).event())
        audio = open(recording, "rb").read()
        for start in range(0, len(audio), 2560):
            await peer.write_event(AudioChunk(rate=16000, width=2, channels=1, audio=audio[start : start + 2560]).event())
        await peer.write_event(AudioStop().event())
        event = await asyncio.wait_for(peer.read_event(), 20)
        if not Detection.is_type(event.type) or Detection.from_event(event).name != phrase:
            sys.exit(f"{event.type} came instead of a detection of {phrase}")
        print(f"{time.time():.2f} {Detection.from_event(event).name}")


asyncio.run(main())
