"""``python -m rompy`` is the command line."""

from rompy.cli import main

if __name__ == "__main__":
    main(prog_name="rompy")
