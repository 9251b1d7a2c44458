"""The service put together: each module wires one part of the line, `app` all of them. Nothing below imports this."""
