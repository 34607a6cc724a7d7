import sqlalchemy as sa
from alembic import op

revision = "8a4e0c57d9f2"
down_revision = "3d1c8f2a6b10"


def upgrade():
    # Expand: the running version does not write this column, so it must allow NULL.
    op.add_column("products", sa.Column("price", sa.Integer, nullable=True))
