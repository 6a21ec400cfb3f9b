"""Files that describe runs and settings: read with places, explained when wrong, written again."""
