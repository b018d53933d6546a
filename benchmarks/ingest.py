"""Workloads with many senders: the cost of accepting a message."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from contenders import ChannelsTutorial, Contender, Parlors, Service
from ledger import Ledger, check
from load_clients import run_load
from measurements import Meter, Sample
from room_factory import room_for
from workloads import WARM_SECONDS, Workload, wait_until_idle


class Ingest(Workload):
    """Many senders, each sending the next message after the ack of the last one, which follows its commit.

    In the tutorial's room everybody reads, and the only acknowledgement is one's own message coming back. Parlor is
    measured both with senders who only send and with senders who also read.
    """

    name = "ingest"
    title = "Ingest: 64 senders, 1 reader, acknowledged after commit"
    unit, units = "message", "messages"
    senders = 64

    @property
    def people(self) -> int:
        return self.senders + 1

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}", f"{self.name}-{turn}-along"]

    def contenders(self) -> Sequence[Contender]:
        parlors = [Parlors("uvicorn"), Parlors("uvicorn", postgres=True)]
        return [*parlors, Parlors("daphne"), ChannelsTutorial(saves=True)]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        samples = []
        cases = {"senders only send": False, "senders read along": True}
        for name, (case, along) in zip(self.rooms(turn), cases.items(), strict=True):
            if contender.dialect.ordered or along:
                samples.append(await self._case(contender, service, name, case, along=along))
        return samples

    async def _case(self, contender: Contender, service: Service, name: str, case: str, *, along: bool) -> Sample:
        ledger = Ledger()
        room = room_for(name, contender.dialect, ledger)
        room.next_on_ack = True
        await room.connect(service.address, range(self.senders), reading=along)
        await room.connect(service.address, [self.senders])
        await run_load([room], WARM_SECONDS, self.senders)
        await wait_until_idle(service)
        ledger.restart()
        said = len(ledger.said_at)
        meter = Meter(service)
        await run_load([room], self.scale.seconds, self.senders)
        count = len(ledger.said_at) - said
        sample = meter.sample(self.name, case, contender.label, lambda: count, lambda: np.array(ledger.acks))
        room.leave()
        check(ledger)
        return sample
