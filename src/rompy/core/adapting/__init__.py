"""What brings data to the names, units, signs, directions and times that the rest counts on."""
