"""The start of a server process, from the launch of Python until it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contenders import ChannelsTutorial, Contender, Parlors, Service, fastapi
from machine import age, cpu_seconds, private_bytes
from measurements import Sample
from workloads import Scale, Workload

STARTS = 2  # of each contender per turn of other workloads, which take longer


class ProcessStart(Workload):
    """Each turn has a new server process, which does nothing but answer that it is ready."""

    name = "start"
    title = "Start of a server process"
    unit, units = "start", "starts"

    def __init__(self, scale: Scale) -> None:
        super().__init__(replace(scale, turns=scale.turns * STARTS))

    def contenders(self) -> Sequence[Contender]:
        return [
            Parlors("uvicorn"),
            Parlors("daphne"),
            Parlors("uvicorn", postgres=True),
            fastapi(),
            ChannelsTutorial(saves=False),
        ]

    @property
    def people(self) -> int:
        return 1

    def rooms(self, turn: int) -> list[str]:
        return []

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        pids = service.families()["server"]
        took, seconds = age(service.server), cpu_seconds(pids)
        return [
            Sample(
                self.name,
                "",
                contender.label,
                1,
                {"server": seconds * 1e6},
                1 / took,
                took * 1000,
                took * 1000,
                server_busy=seconds / took,
                load_busy=0.0,
                extra={"megabytes": private_bytes(pids) / 1e6},
            )
        ]
