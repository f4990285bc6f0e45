"""What a deployer needs to know of a model, as plain strings."""
