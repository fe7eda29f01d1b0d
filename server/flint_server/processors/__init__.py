"""The processors that move money for Flint: each is an adapter to `flint_domain.ports.Processor`."""
