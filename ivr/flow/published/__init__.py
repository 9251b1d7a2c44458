"""The life of a dialplan: draft, published versions, the one on the air, the folder on disk."""
