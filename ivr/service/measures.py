"""What `/metrics` tells: figures read from the rooms at the moment somebody asks, no personal data, bounded labels."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    """Without `gudok_`; a name that ends in `_total` only ever grows."""
    meaning: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of a set that the settings bound, never of callers."""


Figures = Callable[[], Iterable[Figure]]


def figures_of(registry: CollectorRegistry) -> Iterator[Figure]:
    """Everything `/metrics` would tell now, for whoever watches it from inside."""
    for family in registry.collect():
        for sample in family.samples:
            yield Figure(sample.name.removeprefix("gudok_"), family.documentation, sample.value, sample.labels)


class Measures(Collector):
    """Each room gives its figures; they are read when Prometheus comes by and cost nothing in between."""

    def __init__(self, *rooms: Figures) -> None:
        self._rooms = rooms

    def describe(self) -> Iterator[Metric]:
        """Nothing ahead: the rooms are not asked before they are all there."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for figures in self._rooms:
            for figure in figures():
                if figure.name not in families:
                    family = CounterMetricFamily if figure.name.endswith("_total") else GaugeMetricFamily
                    families[figure.name] = family(
                        f"gudok_{figure.name}", figure.meaning, labels=list(figure.labels) or None
                    )
                families[figure.name].add_metric(list(figure.labels.values()), figure.value)
        yield from families.values()
