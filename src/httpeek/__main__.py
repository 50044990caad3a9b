"""`python -m httpeek`: the same as the command `httpeek`."""

from httpeek.cli.main import main

if __name__ == "__main__":
    main()
