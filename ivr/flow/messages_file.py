"""`messages.yaml` of a supplier's folder read into `Messages`; docs/messages.md tells how it is written."""

import re
from datetime import time
from pathlib import Path

from ivr.flow.finding import Finding
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Table, Text
from ivr.messages.message import Messages, Rules, Template
from ivr.prompts.slots import known_form, slots, stray_brace

FILE = "messages.yaml"
LONGEST_SMS = 670
"""Letters of ten Cyrillic parts: nobody reads on, and every part is paid for."""
_TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")


def read_messages(folder: Path) -> tuple[Messages, list[Finding]]:
    """The supplier's messages and what is wrong with the file; without a file there are none."""
    reader = _MessagesReader()
    path = folder / FILE
    root = reader.file(path) if path.exists() else None
    return (reader.messages(root) if root is not None else Messages()), reader.sorted_findings()


class _MessagesReader(Reader):
    def messages(self, root: Table) -> Messages:
        self.known(root, {"quiet", "most", "messages"})
        templates = {}
        for key, node in self.table(self.needed(root, "messages")) or ():
            table = self.table(node)
            if table is not None:
                templates[key.value] = self._template(key, table)
        return Messages(templates, self._rules(root))

    def _rules(self, root: Table) -> Rules:
        usual = Rules()
        quiet, most = self.table(root.get("quiet")), self.table(root.get("most"))
        start, end = usual.quiet_from, usual.quiet_to
        if quiet is not None:
            self.known(quiet, {"from", "to"})
            start, end = self._time(quiet.get("from"), start), self._time(quiet.get("to"), end)
        day, week, month = usual.a_day, usual.a_week, usual.a_month
        if most is not None:
            self.known(most, {"day", "week", "month"})
            day = self.whole(most.get("day"), day, least=1, most=100)
            week = self.whole(most.get("week"), week, least=1, most=500)
            month = self.whole(most.get("month"), month, least=1, most=1000)
        return Rules(start, end, day, week, month)

    def _template(self, key: Text, table: Table) -> Template:
        self.known(table, {"sms", "subject", "email"})
        sms, subject, email = (self._text(table.get(name)) for name in ("sms", "subject", "email"))
        if not sms and not email:
            hint = "добавьте «sms» или «email»"
            self.fault(key.place, "E281", f"у сообщения «{key.value}» нет текста", hint)
        if email and not subject:
            self.fault(key.place, "E282", f"у письма «{key.value}» нет темы", "добавьте «subject»")
        node = table.get("sms")
        if node is not None and len(sms) > LONGEST_SMS:
            hint = f"не больше {LONGEST_SMS} букв, а лучше одна часть: семьдесят"
            self.fault(node.place, "E283", f"сообщение «{key.value}» слишком длинное: {len(sms)}", hint)
        return Template(key.value, sms, subject, email)

    def _text(self, node: Node | None) -> str:
        """A text with its line breaks, its slots looked at."""
        if not isinstance(node, Text):
            return self.text(node)
        text = node.value.strip()
        if stray_brace(text) is not None:
            self.fault(node.place, "E284", "скобка { или } без пары", "слот пишется так: {сумма|rubles}")
        for slot in slots(text):
            if not known_form(slot.form):
                self.fault(node.place, "E285", f"нет такой формы слота: «{slot.form}»")
        return text

    def _time(self, node: Node | None, default: time) -> time:
        if node is None:
            return default
        written = self.text(node)
        match = _TIME.fullmatch(written)
        if match is None:
            self.fault(node.place, "E286", f"не время: «{written}»", "например 21:00")
            return default
        return time(int(match["hour"]), int(match["minute"]))
