"""What Hearth takes, measured side by side with what others take (docs/reference/performance.md)."""
