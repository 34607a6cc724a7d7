from django.db import migrations, models


class Migration(migrations.Migration):
    # Expand: the running version does not write it, so it has to be allowed to be NULL.
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.AddField("product", "price", models.IntegerField(null=True))]
