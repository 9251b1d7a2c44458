"""The dialogues a flow may name: each a class over `Talk` and `Desk`, with declared inputs, outcomes and prompts."""
