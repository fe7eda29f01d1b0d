"""What operators see of a running Flint: logs, and spans when OpenTelemetry is set up."""
