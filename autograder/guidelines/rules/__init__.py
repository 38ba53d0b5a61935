"""The rules, one module each; they are imported where they are used."""
