"""What an agent sees of Flint: tools, their words and schemas, resources and hints."""
