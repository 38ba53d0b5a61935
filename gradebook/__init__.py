"""The gradebook. Start with `gradebook.book.Gradebook`; its modules are imported where they are used."""
