"""Items by their references, and the stock that orders hold."""
