"""What `/metrics` tells: figures read from the rooms at the moment somebody asks, no personal data, bounded labels."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Figures = Callable[[], Mapping[str, tuple[str, float]]]
"""Name → (what it means, its value now). A name that ends in `_total` only ever grows."""


class Measures(Collector):
    """Each room gives its figures; they are read when Prometheus comes by and cost nothing in between."""

    def __init__(self, *rooms: Figures) -> None:
        self._rooms = rooms

    def describe(self) -> Iterator[Metric]:
        """Nothing ahead: the rooms are not asked before they are all there."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        for figures in self._rooms:
            for name, (meaning, value) in figures().items():
                family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                yield family(f"gudok_{name}", meaning, value=value)
