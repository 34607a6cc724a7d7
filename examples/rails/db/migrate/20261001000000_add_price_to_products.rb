# Expand: the running version does not write this column, so it must allow NULL.
class AddPriceToProducts < ActiveRecord::Migration[6.1]
  def change
    add_column :products, :price, :integer
  end
end
