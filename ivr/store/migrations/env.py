"""How alembic runs here: always inside the transaction of `ivr.store.upgrade`, never from its own command."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
