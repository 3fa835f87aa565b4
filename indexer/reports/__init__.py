"""What people read: rows of accounts, markets and prices, and the independent check of them."""
