"""What each role may do. One table, so that a screen, an address and a command ask the same question.

A role is a set of rights; a user may have several roles. Screens name the right they need, never a role.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    ADMIN = "admin"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    SUPERVISOR = "supervisor"
    QC = "qc"
    OPERATOR = "operator"
    CAMPAIGNS = "campaigns"
    AUDITOR = "auditor"

    @property
    def words(self) -> str:
        """As screens and messages name it."""
        return _WORDS[self]


_WORDS: Final = {
    Role.ADMIN: "администратор",
    Role.EDITOR: "редактор",
    Role.PUBLISHER: "публикатор",
    Role.SUPERVISOR: "супервизор",
    Role.QC: "контроль качества",
    Role.OPERATOR: "оператор",
    Role.CAMPAIGNS: "кампании",
    Role.AUDITOR: "аудитор",
}


class Right(StrEnum):
    WALLBOARD = "wallboard"
    """The floor as it is now: queues, operators, service level."""
    WORKPLACE = "workplace"
    """Take calls: the operator's own screen and telephone."""
    SUPERVISE = "supervise"
    """Listen in, coach, barge, change statuses, groups and strategies."""
    CALLS = "calls"
    """The register of calls and their timelines."""
    PERSONAL = "personal"
    """Telephones, accounts and addresses in full; without it they are masked."""
    RECORDINGS = "recordings"
    """Listen to recordings; each time is written down."""
    REPORTS = "reports"
    QUALITY = "quality"
    """Judge talks by a checklist."""
    DIALPLANS_SEE = "dialplans-see"
    DIALPLANS_EDIT = "dialplans-edit"
    DIALPLANS_PUBLISH = "dialplans-publish"
    EMERGENCIES = "emergencies"
    """Put an announcement on the air and take it off."""
    CALLBACKS = "callbacks"
    CAMPAIGNS_SEE = "campaigns-see"
    CAMPAIGNS_RUN = "campaigns-run"
    CAMPAIGNS_APPROVE = "campaigns-approve"
    """The second pair of eyes of a debt campaign."""
    SETTINGS = "settings"
    """Queues, operators' telephones, trunks, models, backups."""
    USERS = "users"
    AUDIT = "audit"
    """Who did what."""


_LOOKING: Final = {Right.WALLBOARD, Right.CALLS, Right.REPORTS, Right.DIALPLANS_SEE, Right.CAMPAIGNS_SEE}

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    # Who runs the line is no customer's confidant: personal data and recordings need a role of their own.
    Role.ADMIN: frozenset({*Right} - {Right.WORKPLACE, Right.PERSONAL, Right.RECORDINGS, Right.QUALITY}),
    Role.EDITOR: frozenset({Right.DIALPLANS_SEE, Right.DIALPLANS_EDIT, Right.REPORTS}),
    Role.PUBLISHER: frozenset({Right.DIALPLANS_SEE, Right.DIALPLANS_PUBLISH, Right.EMERGENCIES, Right.REPORTS}),
    Role.SUPERVISOR: frozenset(
        {
            Right.WALLBOARD, Right.SUPERVISE, Right.CALLS, Right.PERSONAL, Right.RECORDINGS, Right.REPORTS,
            Right.QUALITY, Right.DIALPLANS_SEE, Right.EMERGENCIES, Right.CALLBACKS, Right.CAMPAIGNS_SEE,
            Right.CAMPAIGNS_APPROVE,
        }
    ),
    Role.QC: frozenset({Right.CALLS, Right.PERSONAL, Right.RECORDINGS, Right.QUALITY, Right.REPORTS}),
    Role.OPERATOR: frozenset({Right.WORKPLACE, Right.PERSONAL, Right.CALLBACKS}),
    Role.CAMPAIGNS: frozenset(
        {Right.CAMPAIGNS_SEE, Right.CAMPAIGNS_RUN, Right.CALLBACKS, Right.REPORTS, Right.PERSONAL}
    ),
    Role.AUDITOR: frozenset({*_LOOKING, Right.AUDIT}),
}  # fmt: skip


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """All that these roles may do together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))
