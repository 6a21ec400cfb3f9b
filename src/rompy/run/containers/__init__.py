"""What running in a container takes: the engine, the image, the container's settings, and who watches it."""
