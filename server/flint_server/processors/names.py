"""What processors are called: the name says whose books a payment is in, and is kept with every transfer."""

SIMULATED = "simulated"
TEST = "stripe test"  # a test account of Stripe's
LIVE = "stripe live"  # real money
