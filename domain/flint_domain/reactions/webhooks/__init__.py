"""What endpoints are sent."""
