"""Who is who on a booking: comparing people by number, e-mail address and name. Pure."""
