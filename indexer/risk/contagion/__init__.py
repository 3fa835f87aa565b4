"""What a shock does to everybody, round by round: prices, accounts, bad debt, receipts, prices again."""
