"""How long things are kept: what is deleted for real, what goes on under a pseudonym so that counts stay."""
