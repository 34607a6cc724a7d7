# Expand: the running version does not write it, so it has to be allowed to be NULL.
class AddPriceToProducts < ActiveRecord::Migration[6.1]
  def change
    add_column :products, :price, :integer
  end
end
