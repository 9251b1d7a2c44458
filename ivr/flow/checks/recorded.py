"""A person's recordings of the line's texts: told of when the text is another by now, for then the voice speaks it."""

from collections.abc import Iterator
from pathlib import Path

from ivr.flow.dialplan import Dialplan
from ivr.flow.finding import Finding, Place
from ivr.flow.script import script
from ivr.prompts.studio import FOLDER, INDEX, BadIndex, read_index, states

_HINT = "перезапишите его и выполните gudok prompts adopt"


def recordings(dialplan: Dialplan | None, folder: Path) -> Iterator[Finding]:
    index = folder / FOLDER / INDEX
    if dialplan is None or not index.exists():
        return
    try:
        found = list(states(folder, script(dialplan)))
        lines = {name: number for number, name in enumerate(read_index(folder), start=1)}
    except BadIndex as error:
        yield Finding(Place(index), "W226", f"список записей не прочитать: {error}", "строка — это «файл.wav,текст»")
        return
    for state in found:
        if state.file not in lines:
            continue
        file = Place(index, lines[state.file])
        match state.kind:
            case "changed":
                yield Finding(file, "W225", f"{state.file}: записан другой текст, а нужен «{state.text}»", _HINT)
            case "unused":
                yield Finding(file, "W225", f"{state.file}: этого никто не говорит", "уберите файл и строку о нём")
            case "missing":
                yield Finding(
                    file, "W226", f"{state.file}: такого файла нет", f"положите его или уберите строку из {INDEX}"
                )
