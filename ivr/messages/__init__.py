"""Messages to customers, SMS and e-mail: what they say, whether they may go now, and who carries them."""

outbox_kind = "message"
"""What a message is called in the outbox."""
