"""A supplier's own words put into our sentences: a reason without its full stop, an occasion with one."""


def clause(words: str) -> str:
    """Words that go on in the middle of a sentence or end it: «замена опор» of « замена опор. »."""
    return " ".join(words.split()).rstrip(" .,;:!?…")


def sentence(words: str) -> str:
    """Words that are a sentence of their own: «Вчера вы были в офисе.»."""
    text = " ".join(words.split())
    return text if text.endswith((".", "!", "?", "…")) else f"{text.rstrip(' ,;:')}."
