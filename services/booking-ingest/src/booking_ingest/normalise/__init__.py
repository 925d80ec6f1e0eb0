"""Pure steps from what an operator sent to what is published."""
