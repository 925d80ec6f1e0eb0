"""What outcomes teach: how each rule did on what was found, and a scorecard as a suggestion. Nothing changes by it."""
