"""Somebody wants to be forgotten: everything of one telephone or account, now, whatever its time.

What a court wants kept stays and is told of; so does what has not reached another system yet, and what is the
supplier's own (accounts and their telephones come from billing, and are taken out there).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, and_, cast, delete, or_, select, update

from ivr.billing.phones import normal_phone
from ivr.billing.tables import bad_tries, drafts, phones, readings, requests, secret_tries
from ivr.call.manner_tables import manners
from ivr.messages.tables import messages
from ivr.outbound.tables import callbacks
from ivr.outbox.tables import outbox
from ivr.people.deeds import write_deed
from ivr.recordings.index import Index
from ivr.retention import calls
from ivr.retention.pseudonym import Pseudonyms
from ivr.store import Store


@dataclass(slots=True)
class Forgotten:
    calls: list[UUID] = field(default_factory=list)
    recordings: int = 0
    held: int = 0
    """Recordings that are kept for a court."""
    waiting: int = 0
    """Messages to other systems that name them and are still on their way."""
    in_billing: bool = False
    """Whether the supplier's own data name them."""


async def forget(
    store: Store, index: Index, names: Pseudonyms, supplier: str, who: str, *, by: str, why: str, now: datetime
) -> Forgotten:
    """Forget a telephone (in any spelling) or an account. Written down under the pseudonym, with who and why."""
    phone = normal_phone(who)
    wanted = phone if phone is not None else who
    done = Forgotten()
    async with store.writing() as connection:
        found = set(await calls.of_person(connection, supplier, wanted))
        for table, columns in (
            (readings, ("account",)), (requests, ("account", "phone")), (callbacks, ("account", "phone")),
            (messages, ("account", "address")), (drafts, ("account",)),
        ):  # fmt: skip
            mine = and_(table.c.supplier == supplier, or_(*(table.c[name] == wanted for name in columns)))
            found |= {call for call in (await connection.execute(select(table.c.call).where(mine))).scalars() if call}
        done.calls = sorted(found)
        for start in range(0, len(done.calls), 100):
            some = done.calls[start : start + 100]
            await calls.delete_words(connection, some)
            await calls.name_nobody(connection, some, names)
        account, number = names.of("account", wanted), names.of("phone", wanted)
        for table, column, new, empty in (
            (readings, "account", account, ()),
            (requests, "account", account, ("words",)),
            (requests, "phone", number, ("words",)),
            (callbacks, "account", account, ("topic",)),
            (messages, "account", account, ("text", "subject")),
            (messages, "address", number, ("text", "subject")),
        ):
            change = update(table).where(table.c.supplier == supplier, table.c[column] == wanted)
            await connection.execute(change.values(**{column: new}, **dict.fromkeys(empty, "")))
        # Who is forgotten is not rung any more.
        mine = and_(callbacks.c.supplier == supplier, callbacks.c.phone == wanted)
        still_open = and_(mine, callbacks.c.state.in_(("requested", "queued", "retry_wait")))
        await connection.execute(update(callbacks).where(still_open).values(state="cancelled", why="forgotten"))
        await connection.execute(update(callbacks).where(mine).values(phone=number, topic=""))
        for gone in (
            delete(drafts).where(drafts.c.supplier == supplier, drafts.c.account == wanted),
            delete(manners).where(manners.c.supplier == supplier, manners.c.phone == wanted),
            delete(bad_tries).where(bad_tries.c.supplier == supplier, bad_tries.c.account == wanted),
            delete(secret_tries).where(secret_tries.c.supplier == supplier, secret_tries.c.account == wanted),
        ):
            await connection.execute(gone)
        named = and_(
            outbox.c.supplier == supplier, cast(outbox.c.payload, String).contains(f'"{wanted}"', autoescape=True)
        )
        await connection.execute(delete(outbox).where(named, outbox.c.state != "waiting"))
        done.waiting = len((await connection.execute(select(outbox.c.id).where(named))).all())
        ours = select(phones.c.phone).where(
            phones.c.supplier == supplier, or_(phones.c.phone == wanted, phones.c.account == wanted)
        )
        done.in_billing = (await connection.execute(ours)).first() is not None
        await write_deed(connection, now, by, supplier, "forget", number if phone else account, why)
    for recordings in (await index.of_calls(supplier, done.calls)).values():
        for one in recordings:
            if one.legal_hold:
                done.held += 1
            elif one.deleted_at is None:
                await index.delete(one)
                done.recordings += 1
    return done
