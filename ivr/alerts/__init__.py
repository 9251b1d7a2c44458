"""Watching the line: rules over figures, who is told when one is broken and when all is well again. docs/alerts.md."""
