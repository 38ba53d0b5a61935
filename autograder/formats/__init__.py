"""The formats step; its modules are imported where they are used."""
