"""Whether an installation is sound: what `flint doctor` looks at."""
