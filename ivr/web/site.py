"""All the screens put together: what the service opens once it has its database."""

from aiohttp import web

from ivr.clock import Clock
from ivr.people.deeds import Deeds
from ivr.people.sessions import Sessions
from ivr.people.users import Users
from ivr.store import Store
from ivr.web.door import Door
from ivr.web.entrance import Entrance
from ivr.web.pages import Pages
from ivr.web.people_screens import PeopleScreens
from ivr.web.screens import Screens


class Site:
    """Made before the database is there, so that the entrance can say that the line is starting."""

    def __init__(self) -> None:
        self.screens = Screens()
        pages = Pages()
        self._door = Door(self.screens, pages)
        self._entrance = Entrance(pages)
        self._people = PeopleScreens(pages)
        self._entrance.add_to(self.screens)
        self._people.add_to(self.screens)

    def mount(self, app: web.Application) -> None:
        app.middlewares.append(self._door.middleware)
        self.screens.mount(app)

    def open(self, store: Store, clock: Clock) -> None:
        sessions, users = Sessions(store, clock), Users(store, clock)
        self._door.sessions = self._entrance.sessions = sessions
        self._entrance.users = self._people.users = users
        self._people.deeds = Deeds(store)
