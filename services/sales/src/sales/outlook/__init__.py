"""What production tells of our orders and quotations: when lines can be delivered, how far engineering is."""
