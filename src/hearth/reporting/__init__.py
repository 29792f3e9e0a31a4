"""What a run leaves for people to read: the summary on the terminal, the quality report as a page."""
