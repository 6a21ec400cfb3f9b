"""MyModel as a plugin of rompy."""
