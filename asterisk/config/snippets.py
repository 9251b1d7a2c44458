"""The parts that somebody's own Asterisk, or FreePBX, needs from us; docs/asterisk.md says where each one goes."""

from asterisk.config.places import asterisk_places
from asterisk.config.quote import Unfit
from asterisk.config.render import environment, render
from asterisk.config.writer import ConfigRefused, facts
from asterisk.modules import MODULES, OPTIONAL
from ivr.settings import Settings

SNIPPETS = {
    "extensions_gudok.conf": "the line and where its calls fall back to",
    "manager_gudok.conf": "the users our service and its supervisor log in as",
    "queues_gudok.conf": "the operators' queues",
    "pjsip_gudok.conf": "operators' telephones and trunks, if Asterisk shall have them from us",
    "extensions_gudok_telephones.conf": "what those telephones dial, and where those trunks' calls come in",
    "modules_gudok.conf": "the modules the line needs, where autoload is off",
}


def snippets(settings: Settings, *, queues: tuple[str, ...] = ()) -> dict[str, str]:
    """Every snippet by the name of its file. Some hold secrets: keep them readable by Asterisk alone."""
    try:
        told = facts(settings, queues=queues)
        told |= {
            "place": asterisk_places(settings.places, settings.places.asterisk / "etc"),
            "bench": False,
            "modules": [name for name in MODULES if name not in OPTIONAL],
        }
        made = environment()
        return {name: render(f"own/{name}", {**told, "about": about}, made) for name, about in SNIPPETS.items()}
    except Unfit as error:
        raise ConfigRefused(str(error)) from error
