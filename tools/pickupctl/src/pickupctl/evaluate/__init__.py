"""Running bookings through the real scorer in event time: labelled cases, or a stream of ordinary traffic."""
