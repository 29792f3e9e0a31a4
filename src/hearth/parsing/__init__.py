"""Cells as a department typed them become values with a type, or a fault with a code."""
