"""The config step; its modules are imported where they are used."""
