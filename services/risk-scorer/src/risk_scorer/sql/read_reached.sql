select what, reached from forgetting
