"""The Docker backend; its modules are imported where they are used."""
