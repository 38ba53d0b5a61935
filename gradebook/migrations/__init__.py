"""The gradebook's schema, step by step. Alembic runs these files; nothing else imports them."""
