"""Virtual time: it knows freezegun and asyncio, and no account."""
