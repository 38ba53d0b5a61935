"""The authoring step; its modules are imported where they are used."""
