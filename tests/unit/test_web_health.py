from collections.abc import Mapping

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from ivr.service.measures import Figure, Measures
from ivr.web.app import make_app


async def test_health_readiness_and_measures_are_told_apart() -> None:
    missing: dict[str, str] = {"ami": "no link to Asterisk"}

    def readiness() -> Mapping[str, str]:
        return missing

    registry = CollectorRegistry()
    registry.register(
        Measures(
            lambda: [
                Figure("calls", "Calls now", 3),
                Figure("calls_total", "Calls ever", 7),
                Figure("trunk_up", "A trunk", 1, {"trunk": "one"}),
                Figure("trunk_up", "A trunk", 0, {"trunk": "two"}),
            ]
        )
    )
    async with TestClient(TestServer(make_app(readiness, registry))) as client:
        assert (await client.get("/healthz")).status == 200
        ready = await client.get("/readyz")
        assert ready.status == 503
        assert (await ready.json())["missing"] == {"ami": "no link to Asterisk"}
        missing.clear()
        assert (await client.get("/readyz")).status == 200
        told = await (await client.get("/metrics")).text()
        assert "gudok_calls 3.0" in told
        assert "gudok_calls_total 7.0" in told
        assert 'gudok_trunk_up{trunk="two"} 0.0' in told
        assert (await client.get("/nowhere")).status == 404
