from django.db import migrations, models


class Migration(migrations.Migration):
    # Expand: the running version does not write this column, so it must allow NULL.
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.AddField("product", "price", models.IntegerField(null=True))]
