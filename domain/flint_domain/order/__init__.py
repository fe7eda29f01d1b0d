"""The order: lines, prices, payments, refunds, changes, parcels and taxes of one aggregate. Pure."""
