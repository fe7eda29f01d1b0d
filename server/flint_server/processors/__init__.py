"""The processors that move money for Flint: each is an adapter to `flint_domain.unit_of_work.ports.Processor`."""
