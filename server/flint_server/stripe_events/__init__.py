"""What Stripe tells by itself: taken in, kept once, and settled."""
