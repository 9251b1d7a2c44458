"""A model that is not ours is first loaded in a process of its own: for some broken ones an engine raises an error, for
others it ends the process, and that must not be the line's."""

import asyncio
import os
import sys
from pathlib import Path

from asr.model_folder import ModelBroken, ModelFolder, inspect

_SECONDS = 120.0


async def try_apart(folder: ModelFolder) -> None:
    """Raises `ModelBroken` with the last words of the process that tried."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "asr.trial", str(folder.path),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=environ,
    )  # fmt: skip
    try:
        _, complaint = await asyncio.wait_for(process.communicate(), _SECONDS)
    except BaseException as ended:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if isinstance(ended, TimeoutError):
            raise ModelBroken(f"speech model {folder.path} did not load within {_SECONDS:.0f} s") from ended
        raise
    if process.returncode != 0:
        said = [line for line in complaint.decode(errors="replace").splitlines() if line.strip()][-3:]
        raise ModelBroken(f"speech model {folder.path} ends the process that loads it: {' / '.join(said)}")


def load_whole(folder: ModelFolder) -> None:
    """Load it with its engine and forget it."""
    if folder.kind == "vosk":
        from asr.vosk_engine import load

        load(folder)
    else:
        from asr.sherpa_models import load as load_sherpa

        load_sherpa(folder)


if __name__ == "__main__":
    try:
        load_whole(inspect(Path(sys.argv[1])))
    except ModelBroken as fault:
        sys.exit(str(fault))
