"""What other systems are told of calls: signed messages over HTTP, through the outbox. See docs/webhooks.md."""
