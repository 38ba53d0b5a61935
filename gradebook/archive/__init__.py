"""A gradebook as plain files: one JSON object a line for each row, readable without this software."""
