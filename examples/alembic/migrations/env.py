import os

from alembic import context
from sqlalchemy import create_engine

# --upgrade sets DATABASE_URL to upgrade.url. SQLAlchemy no longer accepts the scheme postgres://.
url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)

with create_engine(url).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
