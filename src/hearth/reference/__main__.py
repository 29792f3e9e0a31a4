"""`python -m hearth.reference` writes the generated pages anew."""

from hearth.reference import write

if __name__ == "__main__":
    write()
