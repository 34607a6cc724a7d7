import sqlalchemy as sa
from alembic import op

revision = "3d1c8f2a6b10"
down_revision = None


def upgrade():
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
