"""The statements: trial balance, balance sheet, income statement, cash flow; any day, from the balances."""
