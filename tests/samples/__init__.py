"""Files of the sources that only some counties have; the synthetic county holds the six that every county has.

A module per source with `WRITERS`: what writes a file of each extract, in the layout that departments use.
"""
