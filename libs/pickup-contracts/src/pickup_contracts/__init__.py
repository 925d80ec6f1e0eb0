"""The events that Pickup Guard's services exchange. Pure: types, topics and codecs, no I/O."""
