"""Messages to customers, SMS and e-mail: what they say, whether they may go now, and who carries them."""
