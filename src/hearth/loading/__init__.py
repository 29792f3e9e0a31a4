"""From a landing folder to rows that count: each file whole, or not at all."""
